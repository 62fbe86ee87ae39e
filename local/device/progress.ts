import type { Writable } from 'node:stream';
import { SingleBar } from 'cli-progress';
import type { DownloadProgress } from './download-stream';

export type Terminal = Writable & { readonly isTTY?: boolean };

export interface ProgressView {
  update(progress: DownloadProgress): void;
  /** Removes the progress bar, so that other lines can be printed. */
  stop(): void;
}

export function progressView(stdout: Terminal): ProgressView {
  return stdout.isTTY ? new ProgressBar(stdout) : new ProgressLines(stdout);
}

class ProgressBar implements ProgressView {
  private bar?: SingleBar;
  private drawn?: string;

  constructor(private readonly stdout: Terminal) {}

  update(progress: DownloadProgress): void {
    const key = `${progress.fileId} ${progress.streamVersion}`;
    if (this.drawn !== key) {
      this.stop();
      this.drawn = key;
      // the name is last: the terminal cuts off what is longer than its line
      const format = '{percentage} % [{bar}] {received}, {eta} s left, {name}';
      this.bar = new SingleBar({ stream: this.stdout, format, barsize: 20, hideCursor: true, etaBuffer: 64 });
      // cli-progress divides by the total, so an empty file is shown as one finished step
      this.bar.start(progress.totalBytes || 1, 0, fields(progress));
    }
    this.bar?.update(progress.totalBytes === 0 ? 1 : progress.receivedBytes, fields(progress));
    if (progress.receivedBytes === progress.totalBytes) this.stop();
  }

  stop(): void {
    this.bar?.stop();
    this.bar = undefined;
    this.drawn = undefined;
  }
}

class ProgressLines implements ProgressView {
  private last = '';

  constructor(private readonly stdout: Terminal) {}

  update(progress: DownloadProgress): void {
    const quarters = progress.totalBytes === 0 ? 4 : Math.floor(progress.receivedBytes / progress.totalBytes * 4);
    const key = `${progress.fileId} ${progress.streamVersion} ${quarters}`;
    if (key === this.last) return;
    this.last = key;
    const { name, received } = fields(progress);
    this.stdout.write(`${name}: ${quarters * 25} % (${received})\n`);
  }

  stop(): void {
    this.last = '';
  }
}

function fields({ fileId, fileName, receivedBytes, totalBytes }: DownloadProgress) {
  return { name: `file ${fileId} ${fileName}`, received: `${receivedBytes} of ${totalBytes} bytes` };
}
