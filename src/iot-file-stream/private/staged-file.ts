import { mkdirSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import type { FileAssetLocation } from 'aws-cdk-lib';
import { FileAssetPackaging, Names, Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Writes the content of a local file into the cloud assembly, and has the stack's synthesizer upload it under its SHA-256.
 *
 * The CDK's `Asset` cannot do that: its hash ignores carriage returns and invalid UTF-8, so files that differ share a key;
 * it copies the file itself, which may have changed since it was read; and it keeps what an earlier synthesis has copied.
 */
export function stageContent(scope: Construct, id: string, path: string, content: Buffer, sha256: string): FileAssetLocation {
  const { outdir, assetOutdir } = Stage.of(scope)!;
  const folder = join(assetOutdir, `asset.${sha256}`);
  // the synthesizer ends the key with the extension; of 'asset.<hash>' that would be the hash again
  const file = join(folder, `content${extension(path)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, content);
  return Stack.of(scope).synthesizer.addFileAsset({
    sourceHash: sha256,
    packaging: FileAssetPackaging.FILE,
    fileName: relative(outdir, file),
    displayName: `${Names.stackRelativeConstructPath(scope)}/${id}`,
  });
}

/** The key stands in a policy: only what is short and needs no escaping. */
function extension(path: string): string {
  return /^\.[a-z0-9]{1,16}$/i.exec(extname(path))?.[0] ?? '';
}
