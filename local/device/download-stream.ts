import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { DigestMismatch, InvalidOption, StreamRejection } from './errors';
import type { StreamDescription, StreamFileInfo } from './messages';
import { connectTransport, type MqttTransportOptions } from './mqtt-transport';
import { PartialFile } from './partial-file';
import { StreamClient, type StreamClientOptions } from './stream-client';
import type { Transport } from './transport';

export interface DownloadFilesOptions {
  /** Made if it is not there. */
  readonly outputDirectory: string;
  /** @default all files of the stream */
  readonly fileIds?: readonly number[];
  /** File names by file id. @default `<streamId>-<fileId>` */
  readonly fileNames?: Readonly<Record<number, string>>;
  /** Expected digests by file id, in hexadecimal. */
  readonly sha256?: Readonly<Record<number, string>>;
  /** @default 16384 */
  readonly blockSize?: number;
  /** How often to start over because the stream was updated in the middle of the download. @default 3 */
  readonly maxRestarts?: number;
  /** Stops the download; what is there stays for the next run. */
  readonly signal?: AbortSignal;
  readonly onDescription?: (description: StreamDescription) => void;
  readonly onProgress?: (progress: DownloadProgress) => void;
  readonly onRestart?: (reason: StreamRejection) => void;
}

export interface DownloadStreamOptions extends MqttTransportOptions, StreamClientOptions, DownloadFilesOptions {}

export interface DownloadProgress {
  readonly fileId: number;
  readonly fileName: string;
  readonly streamVersion: number;
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

export interface DownloadedFile {
  readonly fileId: number;
  readonly fileName: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly streamVersion: number;
  /** Bytes that an earlier run had left. */
  readonly resumedBytes: number;
  readonly seconds: number;
}

export interface DownloadedStream {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly description: string;
  readonly files: readonly DownloadedFile[];
  /** How often the stream was updated in the middle of the download. */
  readonly restarts: number;
}

/** Connects as a thing and downloads the files of a stream, all of one and the same version. */
export async function downloadStream(options: DownloadStreamOptions): Promise<DownloadedStream> {
  const transport = await connectTransport(options);
  try {
    return await downloadFiles(transport, options);
  } finally {
    await transport.close();
  }
}

export async function downloadFiles(transport: Transport, options: StreamClientOptions & DownloadFilesOptions): Promise<DownloadedStream> {
  const client = new StreamClient(transport, options);
  await mkdir(options.outputDirectory, { recursive: true });
  for (let restarts = 0; ; restarts++) {
    const description = await client.describe(options.signal);
    options.onDescription?.(description);
    try {
      return { ...await downloadVersion(client, description, options), restarts };
    } catch (error) {
      if (!(error instanceof StreamRejection) || error.code !== 'VersionMismatch' || restarts >= (options.maxRestarts ?? 3)) throw error;
      options.onRestart?.(error);
    }
  }
}

async function downloadVersion(client: StreamClient, description: StreamDescription, options: StreamClientOptions & DownloadFilesOptions) {
  const complete: { readonly file: PartialFile; readonly result: DownloadedFile }[] = [];
  for (const info of selectFiles(description, options.fileIds)) {
    complete.push(await downloadFile(client, description.streamVersion, info, options));
  }
  // only now, so that no directory ever mixes files of two versions
  for (const { file } of complete) await file.commit();
  return {
    streamId: options.streamId,
    streamVersion: description.streamVersion,
    description: description.description,
    files: complete.map(({ result }) => result),
  };
}

async function downloadFile(client: StreamClient, streamVersion: number, info: StreamFileInfo, options: StreamClientOptions & DownloadFilesOptions) {
  const { fileId, fileSize } = info;
  const startedAt = performance.now();
  const fileName = options.fileNames?.[fileId] ?? `${options.streamId}-${fileId}`;
  const path = join(options.outputDirectory, fileName);
  const blockSize = options.blockSize ?? 16_384;
  const file = await PartialFile.open(path, { streamId: options.streamId, streamVersion, fileId, fileSize, blockSize });
  const report = () => options.onProgress?.({ fileId, fileName, streamVersion, receivedBytes: file.receivedBytes, totalBytes: fileSize });
  const resumedBytes = file.receivedBytes;
  let sha256: string;
  try {
    report();
    await client.download(fileId, streamVersion, file, { signal: options.signal, onBlock: report });
    sha256 = await file.sha256();
  } finally {
    await file.close();
  }
  const expected = options.sha256?.[fileId]?.toLowerCase();
  if (expected !== undefined && expected !== sha256) {
    await file.discard();
    throw new DigestMismatch(fileId, expected, sha256);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { file, result: { fileId, fileName, path, size: fileSize, sha256, streamVersion, resumedBytes, seconds } };
}

function selectFiles(description: StreamDescription, fileIds: readonly number[] | undefined): readonly StreamFileInfo[] {
  if (!fileIds) return description.files;
  return [...new Set(fileIds)].map(fileId => {
    const info = description.files.find(file => file.fileId === fileId);
    if (!info) {
      throw new InvalidOption(`the file id must be one of the stream's, received ${fileId}; the stream has ${description.files.map(file => file.fileId).join(', ')}`);
    }
    return info;
  });
}
