import type { KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DigestMismatch, InvalidOption, SignatureMismatch, StreamRejection } from './errors';
import type { StreamDescription, StreamFileInfo } from './messages';
import { connectTransport, type MqttTransportOptions } from './mqtt-transport';
import { INCOMPLETE_DIRECTORY, PartialFile } from './partial-file';
import { isSigned, type ExpectedSignature } from './signatures';
import { StreamClient, type StreamClientOptions } from './stream-client';
import type { Transport } from './transport';

export interface DownloadFilesOptions {
  /** Created if it does not exist. */
  readonly outputDirectory: string;
  /** @default all files of the stream */
  readonly fileIds?: readonly number[];
  /** File names by file id. @default `<streamId>-<fileId>` */
  readonly fileNames?: Readonly<Record<number, string>>;
  /** Expected digests by file id, in hexadecimal. */
  readonly sha256?: Readonly<Record<number, string>>;
  /** Every file must be signed with the private key of this key. @default signatures are not checked */
  readonly publicKey?: KeyObject;
  /** Expected signatures by file id; with a public key, there must be one for each file. */
  readonly signatures?: Readonly<Record<number, ExpectedSignature>>;
  /** @default 16384 */
  readonly blockSize?: number;
  /** The required version; the service rejects requests with VersionMismatch if the stream has another one. @default the current version */
  readonly streamVersion?: number;
  /** The greatest number of restarts because the stream was updated during the download. @default 3 */
  readonly maxRestarts?: number;
  /** Stops the download; the next run resumes it. */
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
  /** The bytes that an earlier run had downloaded. */
  readonly resumedBytes: number;
  readonly seconds: number;
}

export interface DownloadedStream {
  readonly streamId: string;
  readonly streamVersion: number;
  readonly description: string;
  readonly files: readonly DownloadedFile[];
  /** The number of restarts because the stream was updated during the download. */
  readonly restarts: number;
}

/** Connects as a thing and downloads the files of a stream, all from the same version. */
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
    const described = await client.describe(options.signal);
    options.onDescription?.(described);
    const description = { ...described, streamVersion: options.streamVersion ?? described.streamVersion };
    try {
      return { ...await downloadVersion(client, description, options), restarts };
    } catch (error) {
      if (!isVersionMismatch(error) || options.streamVersion !== undefined || restarts >= (options.maxRestarts ?? 3)) throw error;
      options.onRestart?.(error);
    }
  }
}

async function downloadVersion(client: StreamClient, description: StreamDescription, options: StreamClientOptions & DownloadFilesOptions) {
  const infos = selectFiles(description, options.fileIds);
  checkFileNames(infos, options);
  checkDigests(infos, options);
  checkSignatures(infos, options);
  const files: PartialFile[] = [];
  const results: DownloadedFile[] = [];
  try {
    for (const { fileId, fileSize } of infos) {
      const path = join(options.outputDirectory, fileNameOf(fileId, options));
      const file = await PartialFile.open(path, {
        streamId: options.streamId, streamVersion: description.streamVersion, fileId, fileSize, blockSize: options.blockSize ?? 16_384,
      });
      files.push(file);
      results.push(await downloadFile(client, file, options));
    }
  } catch (error) {
    // version numbers only increase, so no later run can use these blocks
    if (isVersionMismatch(error)) for (const file of files) await file.discard();
    throw error;
  }
  // renamed only when all are complete, so that the directory never contains files of two versions
  for (const file of files) await file.commit();
  return {
    streamId: options.streamId,
    streamVersion: description.streamVersion,
    description: description.description,
    files: results,
  };
}

async function downloadFile(client: StreamClient, file: PartialFile, options: DownloadFilesOptions): Promise<DownloadedFile> {
  const { fileId, fileSize, streamVersion } = file.identity;
  const startedAt = performance.now();
  const fileName = basename(file.path);
  const resumedBytes = file.receivedBytes;
  const report = () => options.onProgress?.({ fileId, fileName, streamVersion, receivedBytes: file.receivedBytes, totalBytes: fileSize });
  let sha256: string;
  let isGenuine = true;
  try {
    report();
    await client.download(fileId, streamVersion, file, { signal: options.signal, onBlock: report });
    sha256 = await file.sha256();
    if (options.publicKey) isGenuine = await isSigned(file.content(), options.publicKey, options.signatures![fileId]);
  } finally {
    await file.close();
  }
  const expected = options.sha256?.[fileId]?.toLowerCase();
  if (expected !== undefined && expected !== sha256) {
    await file.discard();
    throw new DigestMismatch(fileId, expected, sha256);
  }
  if (!isGenuine) {
    await file.discard();
    throw new SignatureMismatch(fileId);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { fileId, fileName, path: file.path, size: fileSize, sha256, streamVersion, resumedBytes, seconds };
}

function isVersionMismatch(error: unknown): error is StreamRejection {
  return error instanceof StreamRejection && error.code === 'VersionMismatch';
}

function selectFiles(description: StreamDescription, fileIds: readonly number[] | undefined): readonly StreamFileInfo[] {
  if (!fileIds) return description.files;
  return [...new Set(fileIds)].map((fileId) => {
    const info = description.files.find((file) => file.fileId === fileId);
    if (!info) {
      throw new InvalidOption(`the file id must be one of the stream's, got: ${fileId}; the stream has ${description.files.map((file) => file.fileId).join(', ')}`);
    }
    return info;
  });
}

function fileNameOf(fileId: number, options: StreamClientOptions & DownloadFilesOptions): string {
  return options.fileNames?.[fileId] ?? `${options.streamId}-${fileId}`;
}

function checkFileNames(infos: readonly StreamFileInfo[], options: StreamClientOptions & DownloadFilesOptions): void {
  const names = infos.map(({ fileId }) => fileNameOf(fileId, options));
  const unusual = names.find((name) => name !== basename(name) || name === '.' || name === '..' || name === '');
  if (unusual !== undefined) throw new InvalidOption(`a file name must be a plain name, got: '${unusual}'; choose the directory by the output directory`);
  // some file systems treat 'App' and 'app', or two encodings of an accent, as the same name
  const folded = names.map((name) => name.normalize('NFC').toLowerCase());
  if (folded.includes(INCOMPLETE_DIRECTORY)) {
    throw new InvalidOption(`a file name must not be that of the directory for incomplete files, got: '${INCOMPLETE_DIRECTORY}'; give it another name`);
  }
  const twice = names.find((_, index) => folded.indexOf(folded[index]) !== index);
  if (twice !== undefined) throw new InvalidOption(`every file must have a name of its own, got: '${twice}' twice; give another name to one of them`);
}

function checkDigests(infos: readonly StreamFileInfo[], { sha256 }: DownloadFilesOptions): void {
  const stray = Object.keys(sha256 ?? {}).find((fileId) => !infos.some((info) => info.fileId === Number(fileId)));
  if (stray === undefined) return;
  throw new InvalidOption(`an expected SHA-256 must be for a file that is downloaded, got: one for file ${stray}; the files are ${infos.map((info) => info.fileId).join(', ')}`);
}

function checkSignatures(infos: readonly StreamFileInfo[], { publicKey, signatures = {} }: DownloadFilesOptions): void {
  if (!publicKey) return;
  const unsigned = infos.find(({ fileId }) => !signatures[fileId]);
  if (unsigned) throw new InvalidOption(`every file must have a signature where a public key is given, got: none for file ${unsigned.fileId}; give it, or download other files`);
}
