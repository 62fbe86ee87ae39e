import { createHash } from 'crypto';
import { Reference, Stack, Token } from 'aws-cdk-lib';
import { FileProperties, fileSizeAttribute } from './contract';
import { longest } from './limits';
import { sorted } from './sorted';
import { validateJobDocument, validateJobId, validateOperation, validateOtaFiles } from './validation';
import { JobDocumentOptions, OtaJobDocumentOptions, OtaJobFile } from '../job-documents';

/** What job documents and job ids tell of a stream. */
export interface JobStream {
  readonly stack: Stack;
  readonly streamId: string;
  readonly streamVersion: string;
  readonly files: readonly JobFile[];
  attribute(name: string): Reference;
}

export interface JobFile {
  readonly fileId: number;
  readonly fileName?: string;
  readonly properties: FileProperties;
}

export function jobDocument(stream: JobStream, { operation, pinVersion, parameters }: JobDocumentOptions): string {
  validateOperation(operation);
  return rendered(stream, {
    operation,
    streamId: stream.streamId,
    streamVersion: pinVersion ? Token.asNumber(stream.streamVersion) : undefined,
    files: stream.files.map((file) => ({ fileId: file.fileId, fileName: file.fileName, ...content(stream, file) })),
    parameters: sorted(parameters),
  });
}

/** https://docs.aws.amazon.com/freertos/latest/userguide/ota-job-document.html, with every key that a parser of AWS's insists on. */
export function otaJobDocument(stream: JobStream, options: OtaJobDocumentOptions): string {
  const files: OtaJobFile[] = options.files ?? stream.files.map(({ fileId }) => ({ fileId }));
  validateOtaFiles(files, stream.files.map(({ fileId }) => fileId));
  return rendered(stream, {
    afr_ota: {
      protocols: ['MQTT'],
      streamname: stream.streamId,
      files: files.map(({ fileId, filePath, certificateFile = '', signature = '', fileType }) => {
        const file = stream.files.find((candidate) => candidate.fileId === fileId)!;
        return {
          'filepath': filePath ?? file.fileName ?? '',
          'filesize': content(stream, file).size,
          'fileid': fileId,
          'certfile': certificateFile,
          fileType,
          'sig-sha256-ecdsa': signature,
        };
      }),
    },
  });
}

/** Jobs and job templates can only be replaced, and only under another id. */
export function jobId(stream: JobStream, longestStreamId: number, purpose?: string): string {
  validateJobId(purpose, longestStreamId);
  return [stream.streamId, stream.streamVersion].concat(purpose ?? []).join('-');
}

function rendered(stream: JobStream, document: unknown): string {
  const json = stream.stack.toJsonString(document);
  validateJobDocument(longest(stream.stack.resolve(json)));
  return json;
}

/** What is known at synth, else what the handler has seen. */
function content(stream: JobStream, { fileId, properties: { Sha256, Size, Text } }: JobFile): { size: number; sha256?: string } {
  const text = stream.stack.resolve(Text);
  if (typeof text === 'string') return { size: Buffer.byteLength(text), sha256: createHash('sha256').update(text).digest('hex') };
  return { size: Size === undefined ? Token.asNumber(stream.attribute(fileSizeAttribute(fileId))) : Number(Size), sha256: Sha256 };
}
