import type { Stack } from 'aws-cdk-lib';
import { allowLocalAws } from '../../../local/allow-local-aws';
import { IotFileStream, StreamFile } from '../../../src';

/** Creates streams of three files: a common one, one with deployment values, and one that changes with the release. */
export function manyStreams(stack: Stack, { count, assetPath, release }: { count: number; assetPath: string; release: string }): void {
  for (let index = 0; index < count; index++) {
    allowLocalAws(new IotFileStream(stack, `Model${index}`, {
      files: [
        StreamFile.fromAsset(assetPath),
        StreamFile.fromJson('config.json', { region: stack.region, account: stack.account, index }),
        StreamFile.fromText('release', `${index} ${release}`),
      ],
    }));
  }
}
