import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { DownloadFilesOptions } from '../../local/device/download-stream';
import { downloadFiles } from '../../local/device/download-stream';
import { DigestMismatch, reasonOf, SignatureMismatch, StreamRejection } from '../../local/device/errors';
import type { Job } from '../../local/device/jobs';
import { JobsClient } from '../../local/device/jobs';
import { connectTransport } from '../../local/device/mqtt-transport';
import { parsePublicKey } from '../../local/device/signatures';
import type { Transport } from '../../local/device/transport';

/* A device that waits for jobs, downloads what they tell it to, checks it, and reports. */

/** What `IotFileStream.jobDocument()` writes. */
interface UpdateDocument {
  readonly operation: string;
  readonly streamId: string;
  readonly streamVersion?: number;
  readonly files: readonly UpdateFile[];
}

interface UpdateFile {
  readonly fileId: number;
  readonly fileName?: string;
  readonly size: number;
  readonly sha256?: string;
  /** Base64, of a signed file. */
  readonly signature?: string;
  readonly signatureAlgorithm?: string;
}

export interface UpdateOptions extends Pick<DownloadFilesOptions, 'outputDirectory' | 'blockSize' | 'onProgress' | 'onRestart'> {
  readonly thingName: string;
  /** The device keeps only what whoever has the private key has signed. @default signatures are not checked */
  readonly publicKey?: KeyObject;
  /** How long to wait for a job. */
  readonly timeoutMs: number;
  /** Called with a job that is not this program's. Such a job stays as it is. */
  readonly onIgnored?: (jobId: string) => void;
}

export interface Update {
  readonly jobId: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'REJECTED';
  /** Why it has not succeeded. */
  readonly reason?: string;
  /** The files that are there now, and checked. */
  readonly paths: readonly string[];
}

/** Does the next job of its own; undefined when none has come in time. */
export async function doNextJob(transport: Transport, options: UpdateOptions): Promise<Update | undefined> {
  const jobs = new JobsClient(transport, options);
  try {
    const job = await jobs.next(options.timeoutMs, { isOwn, onForeign: ({ jobId }) => options.onIgnored?.(jobId) });
    if (!job) return undefined;
    const update = await perform(transport, job, options);
    await jobs.end(job.jobId, update.status, update.reason === undefined ? {} : { reason: update.reason });
    return update;
  } finally {
    jobs.close();
  }
}

function isOwn({ document }: Job): boolean {
  return typeof document === 'object' && document !== null && 'operation' in document && document.operation === 'update-firmware';
}

async function perform(transport: Transport, { jobId, document }: Job, options: UpdateOptions): Promise<Update> {
  if (!isUpdate(document)) return { jobId, status: 'REJECTED', reason: 'the job document must name a stream and its files', paths: [] };
  const { streamId, streamVersion, files } = document;
  const unsigned = options.publicKey && files.find(({ signature }) => typeof signature !== 'string');
  if (unsigned) return { jobId, status: 'REJECTED', reason: `file ${unsigned.fileId} must have a signature`, paths: [] };
  try {
    const byId = <T>(value: (file: UpdateFile) => T | undefined) =>
      Object.fromEntries(files.flatMap((file) => value(file) === undefined ? [] : [[file.fileId, value(file)!]]));
    const downloaded = await downloadFiles(transport, {
      ...options,
      streamId,
      streamVersion,
      fileIds: files.map(({ fileId }) => fileId),
      fileNames: byId(({ fileName }) => fileName),
      // the bytes that the job was made for: success is reported for no others
      sha256: byId(({ sha256 }) => sha256),
      signatures: byId(({ signature, signatureAlgorithm: algorithm }) => signature === undefined ? undefined : { signature, algorithm }),
    });
    return { jobId, status: 'SUCCEEDED', paths: downloaded.files.map(({ path }) => path) };
  } catch (error) {
    return { jobId, status: 'FAILED', reason: failure(error), paths: [] };
  }
}

function isUpdate(document: unknown): document is UpdateDocument {
  const { streamId, files } = document as Partial<UpdateDocument>;
  return typeof streamId === 'string' && Array.isArray(files) && files.length > 0 && files.every((file) => Number.isInteger(file?.fileId));
}

/** Short and on one line, because the details of a job execution have room for 1,024 characters, and for no control characters. */
function failure(error: unknown): string {
  if (error instanceof StreamRejection) return error.code;
  if (error instanceof DigestMismatch) return 'the stream has other content by now than the job was made for';
  if (error instanceof SignatureMismatch) return `file ${error.fileId} is not signed with the key that this device trusts`;
  return reasonOf(error).replace(/\p{C}+/gu, ' ').slice(0, 1024);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'endpoint': { type: 'string' },
      'thing': { type: 'string' },
      'cert': { type: 'string' },
      'key': { type: 'string' },
      'ca': { type: 'string' },
      'public-key': { type: 'string' },
      'output': { type: 'string' },
    },
  });
  const { endpoint, 'thing': thingName, cert, key, ca, 'public-key': publicKeyPath, 'output': outputDirectory = '.' } = values;
  if (!endpoint || !thingName || !cert || !key) throw new Error('usage: device.ts --endpoint HOST:PORT --thing NAME --cert FILE --key FILE [--ca FILE] [--public-key FILE] [--output DIR]');
  const publicKey = publicKeyPath === undefined ? undefined : parsePublicKey(await readFile(publicKeyPath));
  const transport = await connectTransport({
    endpoint, thingName, certificate: await readFile(cert), privateKey: await readFile(key), certificateAuthority: ca && await readFile(ca),
  });
  console.log('waiting for jobs; Ctrl-C ends it');
  const ignored = new Set<string>();
  const onIgnored = (jobId: string) => {
    if (!ignored.has(jobId)) console.log(`${jobId} is ignored: its operation is not 'update-firmware'`);
    ignored.add(jobId);
  };
  for (;;) {
    try {
      const update = await doNextJob(transport, { thingName, outputDirectory, publicKey, timeoutMs: 60_000, onIgnored });
      if (update) console.log(`${update.jobId} ${update.status} ${update.reason ?? update.paths.join(' ')}`);
    } catch (error) {
      // a device goes on: the connection comes back, and the job is still there
      console.error(reasonOf(error));
      await sleep(1_000);
    }
  }
}

if (require.main === module) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
