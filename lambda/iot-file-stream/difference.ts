import type { DesiredStream, LiveStream, PinnedFile } from './model';

/** Whether devices would receive something else, which is the only reason for a new stream version. */
export function differs(live: LiveStream, desired: DesiredStream, pinned: readonly PinnedFile[]): boolean {
  return live.description !== desired.description
    || live.roleArn !== desired.roleArn
    || canonical(live.files) !== canonical(pinned);
}

function canonical(files: readonly PinnedFile[]): string {
  return JSON.stringify([...files]
    .sort((a, b) => a.fileId - b.fileId)
    .map((file) => [file.fileId, file.bucket, file.key, file.version]));
}
