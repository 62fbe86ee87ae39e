import type { IResolvable, Size } from 'aws-cdk-lib';
import { Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BoundFile, BoundSigning } from './bound-file';
import type { FileProperties } from './contract';
import { signingKeyProblems, warnOfOtherAccount } from './signing-keys';
import { validateFileCount, validateFileIds, validateFileNames } from './validation';
import { validateRegion } from '../../core/region';
import type { StreamFile } from '../stream-file';

export interface FileOfStream extends BoundFile {
  readonly fileId: number;
  readonly fileName?: string;
  readonly signing?: BoundSigning;
}

/** The files of one stream, and what the app wants to know of them. */
export class StreamFiles {
  readonly all: readonly FileOfStream[];
  readonly signings: readonly BoundSigning[];
  private readonly answeredSignatures = new Set<number>();
  private readonly answeredLocations = new Set<number>();

  constructor(stream: Construct, files: readonly StreamFile[], maximumSize: Size) {
    validateFileCount(files.length);
    validateFileIds(files.map((file) => file._fileId));
    validateFileNames(files.map((file) => file._fileName));
    this.all = files.map((file, position) => {
      const fileId = file._fileId ?? position;
      return { fileId, fileName: file._fileName, signing: file._signing, ...file._bind(stream, `File${fileId}`, maximumSize) };
    });
    this.signings = this.all.flatMap(({ signing }) => signing ?? []);
    for (const signing of this.signings) {
      // KMS signs with keys of its own region alone
      validateRegion(stream, 'key', 'key', signing.key);
      warnOfOtherAccount(stream, signing);
    }
  }

  get properties(): Record<string, FileProperties> {
    return Object.fromEntries(this.all.map(({ fileId, fileName, properties, signing }) => [String(fileId), {
      FileName: fileName, ...properties, SigningKeyArn: signing?.key.keyArn, SigningAlgorithm: signing?.algorithm,
    }]));
  }

  /**
   * The files whose signature or location the app asks for: those of all files would not fit into the 4,096 bytes of an answer.
   * Absent where nobody asks, so that the templates of other streams stay as they are.
   */
  get answers(): { readonly AnsweredSignatures: any; readonly AnsweredLocations: any } {
    return { AnsweredSignatures: sorted(this.answeredSignatures), AnsweredLocations: sorted(this.answeredLocations) };
  }

  find(fileName: string): FileOfStream {
    const file = this.all.find((candidate) => candidate.fileName === fileName);
    if (file) return file;
    const names = this.all.flatMap((candidate) => candidate.fileName ?? []);
    throw new Error(`'fileName' must be one of '${names.join('\', \'')}', got: '${fileName}'`);
  }

  findSigned(fileName: string): FileOfStream {
    const file = this.find(fileName);
    if (file.signing) return file;
    throw new Error(`'fileName' must name a file with 'signing', got: '${fileName}'; add 'signing: FileSigning.kmsKey(key)' to it`);
  }

  answerSignature(fileId: number): void {
    this.answeredSignatures.add(fileId);
  }

  answerLocation(fileId: number): void {
    this.answeredLocations.add(fileId);
  }

  /** Known when the app is complete. */
  problems(): string[] {
    return signingKeyProblems(this.signings);
  }
}

function sorted(fileIds: ReadonlySet<number>): IResolvable {
  return Lazy.any({ produce: () => [...fileIds].sort((a, b) => a - b).map(String) }, { omitEmptyArray: true });
}
