import type { Declared } from './declared';
import type { Progress } from './progress';
import { FILES, STAGING_BUCKET } from './templates';
import type { FileProperties } from '../../src/iot-file-stream/private/contract';

/** Uploads the local files that are not in the staging bucket, as the CLI does. */
export function stage(declared: Declared, progress: Progress): void {
  for (const { key, content } of unstaged(declared, progress)) progress.account.world.put(STAGING_BUCKET, key, content);
}

export function isStaged(declared: Declared, progress: Progress): boolean {
  return unstaged(declared, progress).length === 0;
}

interface LocalFile {
  readonly key: string;
  readonly content: string;
}

function unstaged({ id, spec, logicalId, files }: Declared, { account, templates }: Progress): LocalFile[] {
  const { objects } = account.world.bucket(STAGING_BUCKET);
  const { template } = templates.stream(id, spec);
  const properties = template.Resources[logicalId].Properties!.Files as Record<string, FileProperties>;
  const assets = new Map([...files].flatMap((letter, position) => {
    const file = FILES[letter];
    return file.kind === 'asset' ? [[properties[position].SourceKey!, file.content]] : [];
  }));
  return [...assets].flatMap(([key, content]) => objects.some((object) => object.key === key) ? [] : [{ key, content }]);
}
