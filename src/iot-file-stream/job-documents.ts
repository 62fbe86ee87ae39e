import type { Reference, Stack } from 'aws-cdk-lib';
import { Annotations, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { SigningAlgorithm } from './file-signing';
import type { BoundSigning } from './private/bound-file';
import type { FileProperties } from './private/contract';
import { fileSizeAttribute } from './private/contract';
import { JOB_DOCUMENT_OPTIONS, OTA_JOB_DOCUMENT_OPTIONS, PARAMETERS } from './private/input';
import { signatureLength } from './private/signing-keys';
import { validateJobDocument, validateJobId, validateOperation, validateOtaFiles } from './private/validation';
import { checkedStruct } from '../core/input';
import { longest } from '../core/longest';
import { sorted, toJson } from '../core/sorted-json';

/**
 * Options of `jobDocument()`.
 */
export interface JobDocumentOptions {
  /**
   * The task of the device, in a form that your devices know, such as 'update-firmware'. An empty text is an error at synth.
   */
  readonly operation: string;

  /**
   * Whether the document contains the version of the stream, as a number, for devices that name it in their requests.
   * After the next update, or after a rollback of this one, such a job can no longer be completed, because version numbers
   * are never reused.
   *
   * @default false
   */
  readonly pinVersion?: boolean;

  /**
   * Additional data for your devices: anything that JSON can express, as `parameters` of the document.
   *
   * @default - no parameters
   */
  readonly parameters?: { [name: string]: any };
}

/**
 * A file in a job document of the OTA library of FreeRTOS.
 */
export interface OtaJobFile {
  /** The ID of a file of the stream, as `fileId()` returns it. Any other ID is an error at synth. */
  readonly fileId: number;

  /**
   * The path of the file on the device.
   *
   * @default - the name of the file in the stream, or an empty text if it has none
   */
  readonly filePath?: string;

  /**
   * The name of the certificate that verifies the signature, as the device stores it.
   *
   * @default - an empty text, for devices that know their certificate
   */
  readonly certificateFile?: string;

  /**
   * An ECDSA signature of the SHA-256 of the file, in Base64. Anything else is an error at synth, and so is a signature
   * for a file with `signing`.
   *
   * @default - for a file with `signing`, the signature of the deployment; otherwise `null`, for devices that accept unsigned files
   */
  readonly signature?: string;

  /**
   * The type of the file, as a number that your devices know: an integer between 0 and 255. Anything else is an error at
   * synth.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_OTAUpdateFile.html
   *
   * @default - no type
   */
  readonly fileType?: number;
}

/**
 * Options of `otaJobDocument()`.
 */
export interface OtaJobDocumentOptions {
  /**
   * The files of the job: 1 to 10, each once. Anything else is an error at synth. AWS's C parser finds at most ten files. The
   * older OTA agent reads only the first.
   *
   * Source of the limit: https://github.com/aws/Jobs-for-AWS-IoT-embedded-sdk
   *
   * @default - all files of the stream, with the signatures of those that have `signing`
   */
  readonly files?: OtaJobFile[];
}

/**
 * The parts of a stream that job documents and job ids name.
 *
 * @internal
 */
export interface JobStream {
  readonly stack: Stack;
  readonly streamId: string;
  readonly streamVersion: string;
  /** Of a stream with signed files. */
  readonly signedRevision?: string;
  readonly files: readonly JobFile[];
  /** Where warnings are added. */
  readonly scope: IConstruct;
  readonly isUpdatedInPlace: boolean;
  attribute(name: string): Reference;
  signature(fileId: number): string;
}

/** @internal */
export interface JobFile {
  readonly fileId: number;
  readonly fileName?: string;
  readonly properties: FileProperties;
  readonly signing?: BoundSigning;
}

/** @internal */
export function jobDocument(stream: JobStream, options: JobDocumentOptions): string {
  const { operation, pinVersion, parameters } = checkedStruct('options', options, JOB_DOCUMENT_OPTIONS);
  validateOperation(operation);
  return rendered(stream, (signatureOf) => ({
    operation,
    streamId: stream.streamId,
    streamVersion: pinVersion ? Token.asNumber(stream.streamVersion) : undefined,
    files: stream.files.map((file) => ({
      fileId: file.fileId,
      fileName: file.fileName,
      ...content(stream, file),
      signature: signatureOf(file),
      signatureAlgorithm: file.signing?.algorithm,
    })),
    parameters: sorted(parameters, 'parameters'),
  }));
}

/**
 * https://docs.aws.amazon.com/freertos/latest/userguide/ota-job-document.html, with every key that one of AWS's parsers requires.
 *
 * @internal
 */
export function otaJobDocument(stream: JobStream, options: OtaJobDocumentOptions): string {
  const { files = stream.files.map(({ fileId }): OtaJobFile => ({ fileId })) } = checkedStruct('options', options, OTA_JOB_DOCUMENT_OPTIONS);
  validateOtaFiles(files, stream.files);
  const fileOf = (fileId: number) => stream.files.find((candidate) => candidate.fileId === fileId)!;
  const isSigned = ({ fileId, signature }: OtaJobFile) => signature !== undefined || fileOf(fileId).signing !== undefined;
  if (stream.isUpdatedInPlace && !files.every(isSigned)) warnOfMixedFiles(stream.scope);
  return rendered(stream, (signatureOf) => ({
    afr_ota: {
      protocols: ['MQTT'],
      streamname: stream.streamId,
      files: files.map(({ fileId, filePath, certificateFile = '', signature, fileType }) => {
        const file = fileOf(fileId);
        return {
          filepath: filePath ?? file.fileName ?? '',
          filesize: content(stream, file).size,
          fileid: fileId,
          certfile: certificateFile,
          fileType,
          ...otaSignature(file, signature ?? signatureOf(file)),
        };
      }),
    },
  }));
}

function otaSignature({ signing }: JobFile, signature: string | undefined) {
  const isRsa = signing?.algorithm === SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256;
  return {
    'sig-sha256-rsa': isRsa ? signature : undefined,
    // AWS's older agent fails to decode an empty signature, the newer parser requires the key, and rustot takes '' for a signature
    'sig-sha256-ecdsa': isRsa ? null : signature ?? null,
  };
}

function warnOfMixedFiles(scope: IConstruct): void {
  Annotations.of(scope).addWarningV2('cdk-iot-streams:otaInPlace',
    '\'updateStrategy\' IN_PLACE lets an update reach a device in the middle of a download, and the CBOR requests of AWS\'s OTA library name no version: '
    + 'the device gets a file of old and new blocks without an error; use UpdateStrategy.NEW_STREAM, or sign every file so that the device refuses such a file');
}

/**
 * Jobs and job templates can only be replaced, and only under another id.
 *
 * @internal
 */
export function jobId(stream: JobStream, longestStreamId: number, purpose?: string): string {
  PARAMETERS.purpose('purpose', purpose);
  // a signature can change while the version stays
  const { streamId, streamVersion, signedRevision } = stream;
  validateJobId(purpose, longestStreamId, signedRevision === undefined ? '-65535' : '-00000000');
  return [streamId, signedRevision ?? streamVersion].concat(purpose ?? []).join('-');
}

type SignatureOf = (file: JobFile) => string | undefined;

function rendered(stream: JobStream, document: (signatureOf: SignatureOf) => unknown): string {
  const measured = toJson(stream.stack, document(({ signing }) => signing && 'x'.repeat(signatureLength(signing))));
  validateJobDocument(longest(stream.stack.resolve(measured)));
  return toJson(stream.stack, document(({ fileId, signing }) => signing && stream.signature(fileId)));
}

/** What is known at synth, else what the handler has seen. */
function content(stream: JobStream, { fileId, properties: { Sha256, Size } }: JobFile): { size: number; sha256?: string } {
  return { size: Size === undefined ? Token.asNumber(stream.attribute(fileSizeAttribute(fileId))) : Number(Size), sha256: Sha256 };
}
