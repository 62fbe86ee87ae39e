import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Size } from 'aws-cdk-lib';
import { Stack, Token } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { FileSigning } from './file-signing';
import type { BoundFile, BoundSigning } from './private/bound-file';
import { ASSET_FILE_OPTIONS, BUCKET_FILE_OPTIONS, FILE_OPTIONS, PARAMETERS } from './private/input';
import { stageContent } from './private/staged-file';
import { sha256Of } from '../core/digest';
import { readPath } from '../core/file-error';
import { checkedStruct } from '../core/input';
import { sorted, toJson } from '../core/sorted-json';
import { validateFileName, validateFileSize, validateObjectVersion, validateSourceKey } from './private/validation';

/** Options of every file of a stream. */
export interface StreamFileOptions {
  /**
   * The number that devices use to request the file: an integer between 0 and 255, unique within the stream. Anything else
   * is an error at synth. Give it to all files of a stream or to none.
   *
   * Source of the limit: https://docs.aws.amazon.com/iot/latest/apireference/API_StreamFile.html
   *
   * @default - the position in `files`, starting with 0
   */
  readonly fileId?: number;

  /**
   * The key and the algorithm that sign the file at deployment. Job documents contain the signature, and
   * `IotFileStream.signature()` returns it.
   *
   * @default - the file is not signed
   */
  readonly signing?: FileSigning;
}

/**
 * Options of a local file.
 */
export interface StreamAssetFileOptions extends StreamFileOptions {
  /**
   * The name of the file for `IotFileStream.fileId()`: unique within the stream and not empty. Anything else is an error
   * at synth. Devices do not see it.
   *
   * @default - the last part of the path or key; none if the key is a token
   */
  readonly fileName?: string;
}

/**
 * Options of an object in a bucket.
 */
export interface StreamBucketFileOptions extends StreamAssetFileOptions {
  /**
   * The S3 version of the object that devices receive.
   *
   * @default - the version that is current when the object is first copied; later versions are ignored until `revision`
   * changes
   */
  readonly objectVersion?: string;

  /**
   * An arbitrary label for the current content of an object without `objectVersion`. Change it to copy the object again.
   * Returning to an earlier label may deliver the earlier bytes or the current ones.
   *
   * @default - the object is copied once
   */
  readonly revision?: string;
}

/**
 * A file of a stream, from one of four sources.
 *
 * @example
 * StreamFile.fromAsset('build/app.bin');
 */
export abstract class StreamFile {
  /**
   * Takes a local file, which is uploaded as a CDK asset.
   *
   * A missing file, a directory, an empty file and a file larger than `maxFileSize` of the stream are errors at synth.
   *
   * @param path the path of the file, relative to the working directory
   * @param options the file ID, the name and the signing
   */
  public static fromAsset(path: string, options: StreamAssetFileOptions = {}): StreamFile {
    PARAMETERS.path('path', path);
    return new AssetFile(path, checkedStruct('options', options, ASSET_FILE_OPTIONS));
  }

  /**
   * Takes an object of a bucket. The deployment copies it into the bucket of the stream.
   *
   * @param bucket the bucket of the object
   * @param key the key of the object, 1 to 1,024 bytes
   * @param options the file ID, the name, the signing and the version of the object
   */
  public static fromBucket(bucket: s3.IBucket, key: string, options: StreamBucketFileOptions = {}): StreamFile {
    PARAMETERS.bucket('bucket', bucket);
    PARAMETERS.key('key', key);
    return new BucketFile(bucket, key, checkedStruct('options', options, BUCKET_FILE_OPTIONS));
  }

  /**
   * Takes a text, which may contain tokens. The text is part of the template and of the events of CloudFormation, so it must
   * not contain secrets. A dynamic reference to a secret is an error at synth. The texts of a stream have at most 64 KiB in
   * total. More is an error at synth.
   *
   * @param fileName the name of the file for `IotFileStream.fileId()`
   * @param text the content, stored as UTF-8
   * @param options the file ID and the signing
   */
  public static fromText(fileName: string, text: string, options: StreamFileOptions = {}): StreamFile {
    PARAMETERS.fileName('fileName', fileName);
    PARAMETERS.text('text', text);
    return new TextFile(fileName, () => text, checkedStruct('options', options, FILE_OPTIONS));
  }

  /**
   * Takes a value and writes it as JSON, like `JSON.stringify` but with sorted keys. It may contain tokens. A value that
   * JSON cannot express (a Map, a function, a bigint, NaN, an object that contains itself) is an error at synth. The
   * limits are those of `fromText`.
   *
   * A list token makes the CDK add a Lambda function of its own with the managed policy AWSLambdaBasicExecutionRole to the
   * stack. `Fn.join` turns the list into a string and avoids this.
   *
   * @param fileName the name of the file for `IotFileStream.fileId()`
   * @param value anything that JSON can express
   * @param options the file ID and the signing
   */
  public static fromJson(fileName: string, value: any, options: StreamFileOptions = {}): StreamFile {
    PARAMETERS.fileName('fileName', fileName);
    const tree = sorted(value, 'value');
    return new TextFile(fileName, (scope) => toJson(Stack.of(scope), tree), checkedStruct('options', options, FILE_OPTIONS));
  }

  /** @internal */
  public readonly _fileId?: number;
  /** @internal */
  public readonly _fileName?: string;
  /** @internal */
  public readonly _signing?: BoundSigning;

  /** @internal */
  protected constructor(options: StreamFileOptions, fileName?: string) {
    validateFileName(fileName);
    this._fileName = fileName;
    this._fileId = options.fileId;
    this._signing = options.signing?._signing;
  }

  /** @internal */
  public abstract _bind(scope: Construct, id: string, maximumSize: Size): BoundFile;
}

class AssetFile extends StreamFile {
  public constructor(private readonly path: string, options: StreamAssetFileOptions) {
    super(options, options.fileName ?? (basename(path) || undefined));
  }

  public _bind(scope: Construct, id: string, maximumSize: Size): BoundFile {
    const content = this.read(maximumSize);
    const sha256 = sha256Of(content);
    const { bucketName, objectKey, kmsKeyArn } = stageContent(scope, id, this.path, content, sha256);
    return {
      properties: { Sha256: sha256, Size: String(content.length), SourceBucket: bucketName, SourceKey: objectKey },
      source: { bucketName, key: objectKey, isPinned: false, encryptionKey: kmsKeyArn === undefined ? undefined : { keyArn: kmsKeyArn } },
    };
  }

  private read(maximumSize: Size): Buffer {
    const stats = readPath('path', this.path, (path) => statSync(path));
    if (!stats.isFile()) throw new Error(`'path' must name a file, got: '${this.path}', which is not a regular file`);
    validateFileSize(this.path, stats.size, maximumSize);
    const content = readPath('path', this.path, (path) => readFileSync(path));
    // it may have changed since it was measured
    validateFileSize(this.path, content.length, maximumSize);
    return content;
  }
}

class BucketFile extends StreamFile {
  public constructor(private readonly bucket: s3.IBucket, private readonly key: string, private readonly options: StreamBucketFileOptions) {
    super(options, options.fileName ?? (Token.isUnresolved(key) ? undefined : basename(key) || undefined));
    validateSourceKey(key);
    validateObjectVersion(options.objectVersion);
  }

  public _bind(): BoundFile {
    const { objectVersion, revision } = this.options;
    return {
      properties: { SourceBucket: this.bucket.bucketName, SourceKey: this.key, SourceVersion: objectVersion, Revision: revision },
      source: {
        bucketName: this.bucket.bucketName, key: this.key, isPinned: objectVersion !== undefined, encryptionKey: this.bucket.encryptionKey,
      },
    };
  }
}

class TextFile extends StreamFile {
  public constructor(fileName: string, private readonly text: (scope: Construct) => string, options: StreamFileOptions) {
    super(options, fileName);
  }

  public _bind(scope: Construct): BoundFile {
    const text = this.text(scope);
    return { properties: { ...isLiteral(text) ? { Sha256: sha256Of(text), Size: String(Buffer.byteLength(text)) } : {}, Text: text } };
  }
}

/** Whether the text arrives as it is: CloudFormation fills in dynamic references, such as '{{resolve:ssm:name}}'. */
function isLiteral(text: string): boolean {
  return !Token.isUnresolved(text) && !text.includes('{{resolve:');
}
