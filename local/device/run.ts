import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { HELP, parseArguments, type DeviceArguments } from './arguments';
import { downloadStream, type DownloadedFile } from './download-stream';
import { InvalidOption, reasonOf } from './errors';
import { progressView, type Terminal } from './progress';
import { parsePublicKey } from './signatures';

export interface Surroundings {
  readonly stdout: Terminal;
  readonly stderr: Writable;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs the command and returns its exit code. */
export async function run(argv: readonly string[], { stdout, stderr, signal }: Surroundings): Promise<number> {
  const say = (line: string) => stdout.write(`${line}\n`);
  const view = progressView(stdout);
  try {
    const options = parseArguments(argv);
    if (!options) {
      stdout.write(HELP);
      return 0;
    }
    const downloaded = await downloadStream({
      ...options,
      ...await credentials(options),
      publicKey: await publicKey(options),
      signal,
      onDescription: ({ streamVersion, description, files }) =>
        say(`stream ${options.streamId} version ${streamVersion}: ${files.length} files${description && `, ${description}`}`),
      onProgress: (progress) => view.update(progress),
      onRestart: () => {
        view.stop();
        say('the stream was updated during the download: starting again');
      },
    });
    view.stop();
    for (const file of downloaded.files) say(summary(file, options));
    return 0;
  } catch (error) {
    view.stop();
    if (signal.aborted) {
      stderr.write('interrupted; to continue, run the same command again\n');
      return 130;
    }
    stderr.write(`error: ${reasonOf(error)}\n`);
    return error instanceof InvalidOption ? 2 : 1;
  }
}

async function credentials(options: DeviceArguments) {
  const { certificatePath, privateKeyPath, certificateAuthorityPath } = options;
  return {
    certificate: await content(certificatePath, 'cert'),
    privateKey: await content(privateKeyPath, 'key'),
    certificateAuthority: certificateAuthorityPath === undefined ? undefined : await content(certificateAuthorityPath, 'ca'),
  };
}

async function publicKey({ publicKeyPath }: DeviceArguments) {
  return publicKeyPath === undefined ? undefined : parsePublicKey(await content(publicKeyPath, 'public-key'));
}

async function content(path: string, option: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new InvalidOption(`--${option} must name a file that can be read, got: '${path}' (${reasonOf(error)})`);
  }
}

function summary(file: DownloadedFile, { sha256, publicKeyPath }: DeviceArguments): string {
  return [
    `file ${file.fileId} ${file.path}`,
    `${file.size} bytes`,
    `sha256 ${file.sha256}${sha256[file.fileId] === undefined ? '' : ' (as expected)'}`,
    ...publicKeyPath === undefined ? [] : ['signed'],
    `version ${file.streamVersion}`,
    `${file.seconds.toFixed(2)} s`,
    ...file.resumedBytes > 0 ? [`${file.resumedBytes} bytes of an earlier run`] : [],
  ].join(', ');
}
