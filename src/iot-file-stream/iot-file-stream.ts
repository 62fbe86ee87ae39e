import type { ITaggableV2 } from 'aws-cdk-lib';
import { ArnFormat, CustomResource, Lazy, RemovalPolicy, Resource, Stack, TagManager, TagType, Token } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { DeviceStatementsOptions } from './device-statements';
import { deviceStatements } from './device-statements';
import type { FileLocation } from './file-location';
import { IotFileStreamGrants } from './grants';
import type { JobDocumentOptions, OtaJobDocumentOptions, JobStream } from './job-documents';
import { jobDocument, jobId, otaJobDocument } from './job-documents';
import type { StreamAttributes, StreamProperties } from './private/contract';
import {
  fileSizeAttribute, GENERATION_LENGTH, GENERATION_SEPARATOR, objectKeyAttribute, objectVersionAttribute, signatureAttribute,
  SIGNED_REVISION_ATTRIBUTE, STREAM_RESOURCE_TYPE,
} from './private/contract';
import { defaultDescription, defaultStreamId, stackTags } from './private/defaults';
import { lazyEncryption } from './private/encryption';
import { ImportedStream } from './private/imported-stream';
import { PARAMETERS, STREAM_PROPS } from './private/input';
import { StreamFiles } from './private/stream-files';
import { StreamStorage, streamArns } from './private/stream-storage';
import { DEFAULT_MAXIMUM_FILE_SIZE, tagProblems, validateProps, validateStreamArn, validateStreamId } from './private/validation';
import { writtenProblems } from './private/written-problems';
import type { IotFileStreamProps } from './props';
import { UpdateStrategy } from './props';
import type { IIotFileStream } from './stream-interface';
import { shortHashOf } from '../core/digest';
import { SERVICE_TIMEOUT, HandlerFunction } from '../core/handler-function';
import { checked, checkedStruct } from '../core/input';
import { MovingAttributes } from '../core/moving-attributes';
import { checkTemplate } from '../core/written-template';

/**
 * An AWS IoT stream with its files.
 *
 * Creates a copy of every file in a versioned bucket, a role that AWS IoT assumes to read the copies, a role that the
 * handler function of the stack assumes, and the stream. The version of the stream increases when what devices receive
 * changes, and only then.
 *
 * @resource Custom::IotFileStream
 *
 * @example
 * const firmware = new IotFileStream(this, 'Firmware', {
 *   files: [StreamFile.fromAsset('build/app.bin')],
 * });
 * new CfnOutput(this, 'StreamId', { value: firmware.streamId });
 * new CfnOutput(this, 'StreamVersion', { value: firmware.streamVersion });
 */
export class IotFileStream extends Resource implements IIotFileStream, ITaggableV2 {
  /**
   * Imports a stream of this account and region by its ID.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param streamId the id of the stream
   */
  public static fromStreamId(scope: Construct, id: string, streamId: string): IIotFileStream {
    PARAMETERS.scope('scope', scope);
    PARAMETERS.id('id', id);
    PARAMETERS.streamId('streamId', streamId);
    validateStreamId(Token.isUnresolved(streamId) ? undefined : streamId);
    return new ImportedStream(scope, id, Stack.of(scope).formatArn({ service: 'iot', resource: 'stream', resourceName: streamId }), streamId);
  }

  /**
   * Imports a stream by its ARN. An ARN of anything else is an error at synth.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param streamArn the ARN of the stream
   */
  public static fromStreamArn(scope: Construct, id: string, streamArn: string): IIotFileStream {
    PARAMETERS.scope('scope', scope);
    PARAMETERS.id('id', id);
    PARAMETERS.streamArn('streamArn', streamArn);
    validateStreamArn(streamArn);
    const { resourceName } = Stack.of(scope).splitArn(streamArn, ArnFormat.SLASH_RESOURCE_NAME);
    return new ImportedStream(scope, id, streamArn, resourceName!);
  }

  /** @attribute */
  public readonly streamId: string;

  /** @attribute */
  public readonly streamArn: string;

  /**
   * The version of the stream that AWS IoT returned. It is a string, so that texts and job documents can contain it. It
   * increases when files, description or role change. Do not export it to another stack: CloudFormation cannot change an
   * export that is in use.
   *
   * @attribute
   */
  public readonly streamVersion: string;

  /** The role that AWS IoT assumes to read the files. */
  public readonly role: iam.IRole;

  /**
   * The role that the handler assumes for this stream. It has the permissions that the stream needs. Add permissions that the
   * construct cannot know of, such as `kms:Decrypt` on a key that was passed to `cdk bootstrap`:
   * `key.grantDecrypt(stream.managementRole)`.
   */
  public readonly managementRole: iam.IRole;

  /** The bucket that stores the objects of the stream. */
  public readonly bucket: s3.IBucket;

  /** The handler function, which manages all streams of the stack. Use it for alarms and overrides. */
  public readonly handler: lambda.IFunction;

  public readonly grants: IotFileStreamGrants;

  /** The tags of the stream. */
  public readonly cdkTagManager: TagManager;

  /** The literal ID, without a generation; known at synth. */
  private readonly literalStreamId: string;
  private readonly maximumStreamIdLength: number;
  private readonly storage: StreamStorage;
  private readonly files: StreamFiles;
  private readonly moving: MovingAttributes;
  private readonly jobStream: JobStream;

  /**
   * @param scope the parent
   * @param id the id of the construct
   * @param props the files and options of the stream
   */
  constructor(scope: Construct, id: string, props: IotFileStreamProps) {
    super(checked('scope', scope, PARAMETERS.scope), checked('id', id, PARAMETERS.id));
    props = checkedStruct('props', props, STREAM_PROPS);
    const { keyPrefix = '', maxFileSize = DEFAULT_MAXIMUM_FILE_SIZE, updateStrategy = UpdateStrategy.IN_PLACE } = props;
    const hasGenerations = updateStrategy === UpdateStrategy.NEW_STREAM;
    const reserved = hasGenerations ? GENERATION_SEPARATOR.length + GENERATION_LENGTH : 0;
    const streamId = props.streamId ?? defaultStreamId(this);
    this.literalStreamId = streamId;
    this.maximumStreamIdLength = streamId.length + reserved;
    validateProps(this, { ...props, streamId, keyPrefix }, reserved);

    const files = this.files = new StreamFiles(this, props.files, maxFileSize);
    const handler = HandlerFunction.getOrCreate(this);
    this.storage = StreamStorage.create(this, {
      streamId,
      keyPrefix,
      bucket: props.bucket,
      role: props.role,
      sources: files.all.flatMap(({ source }) => source ?? []),
      signings: files.signings,
      handler,
    });
    this.handler = handler.function;
    this.bucket = this.storage.bucket;
    this.role = this.storage.deliveryRole;
    this.managementRole = this.storage.managementRole;
    this.cdkTagManager = new TagManager(TagType.MAP, STREAM_RESOURCE_TYPE, stackTags(this));

    const properties = this.declaredProperties(updateStrategy, props.description);
    // the stream id is part of the logical id: another stream is another resource, created before the old one is deleted
    const resource = new CustomResource(this, `Stream${shortHashOf(streamId)}`, {
      resourceType: STREAM_RESOURCE_TYPE,
      serviceToken: handler.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { ...properties, Tags: Lazy.any({ produce: () => this.cdkTagManager.renderTags() }) },
    });
    resource.node.addDependency(...this.storage.dependencies);
    this.node.defaultChild = resource.node.defaultChild;
    this.addChecks(properties);

    const attribute = (name: keyof StreamAttributes) => resource.getAttString(name);
    this.moving = new MovingAttributes(this, resource);
    for (const { fileId } of files.all) this.moving.watch(fileSizeAttribute(fileId), { property: 'jobDocument', noun: 'size of a file' });
    const moving = (property: 'streamId' | 'streamArn' | 'streamVersion') =>
      this.moving.token(`S${property.slice(1)}`, { property, noun: property.slice('stream'.length).toLowerCase() });
    this.streamId = hasGenerations ? moving('streamId') : attribute('StreamId');
    this.streamArn = hasGenerations ? moving('streamArn') : attribute('StreamArn');
    this.streamVersion = moving('streamVersion');
    // every generation from the start: no permission moves with the content
    this.grants = new IotFileStreamGrants(hasGenerations ? streamArns(this, streamId) : [this.streamArn]);
    this.jobStream = this.asJobStream(resource, hasGenerations);
    if (props.removalPolicy) this.applyRemovalPolicy(props.removalPolicy);
  }

  /**
   * Returns the ID of a file. A name that no file of the stream has is an error at synth.
   *
   * @param fileName the name of the file: its `fileName`, or the last part of its path or key
   */
  public fileId(fileName: string): number {
    PARAMETERS.fileName('fileName', fileName);
    return this.files.find(fileName).fileId;
  }

  /**
   * Returns the signature of a file with `signing`, in Base64. An ECDSA signature is in DER form. The signature changes with
   * the content, the key, the algorithm and the storage location, but not with the version of the stream. A name that no
   * signed file has is an error at synth.
   *
   * A deployment returns at most 4,096 bytes to CloudFormation: about 25 signatures of ECDSA keys, or five of RSA_4096.
   * More is an error at synth; signatures in job documents and file locations count as well.
   *
   * Source of the limit: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
   *
   * @param fileName the name of the file, as for `fileId()`
   */
  public signature(fileName: string): string {
    PARAMETERS.fileName('fileName', fileName);
    return this.signatureOf(this.files.findSigned(fileName).fileId);
  }

  /**
   * Returns the S3 object that stores a file. Use it for resources of the same stack that read the object themselves, such as
   * `iot.CfnSoftwarePackageVersion`, `iot.CfnOTAUpdate` and `iot.CfnStream`. A name that no file of the stream has is an
   * error at synth.
   *
   * The object exists as long as the template that names it is deployed: the next change but one of the stream deletes it. A
   * deployment returns at most 4,096 bytes to CloudFormation, enough for about twelve locations. More is an error at synth.
   *
   * @param fileName the name of the file, as for `fileId()`
   */
  public fileLocation(fileName: string): FileLocation {
    const fileId = this.fileId(fileName);
    this.files.answerLocation(fileId);
    const moving = (attribute: string) => this.moving.token(attribute, { property: 'fileLocation', noun: 'object' });
    return {
      bucketName: this.bucket.bucketName,
      objectKey: moving(objectKeyAttribute(fileId)),
      objectVersion: moving(objectVersionAttribute(fileId)),
    };
  }

  public deviceStatements(options: DeviceStatementsOptions = {}): iam.PolicyStatement[] {
    return deviceStatements(this, this.literalStreamId, options);
  }

  /**
   * Returns a job document for devices with your own software. It contains the operation, the stream ID and, with
   * `pinVersion`, the version. For each file it contains the ID, the name, the size, the SHA-256 if that is known at synth,
   * and the signature if the file is signed. Use it as `document` of `iot.CfnJob` or `iot.CfnJobTemplate`. More than 32,768
   * characters is an error at synth.
   *
   * @param options the operation and its parameters
   */
  public jobDocument(options: JobDocumentOptions): string {
    return jobDocument(this.jobStream, options);
  }

  /**
   * Returns a job document for devices with AWS's OTA library (`afr_ota`), over MQTT. Use it as `document` of `iot.CfnJob`
   * or `iot.CfnJobTemplate`. It does not name the version of the stream: these devices ask for the current version, or for
   * version 1.
   *
   * With `UpdateStrategy.IN_PLACE`, this adds the warning `cdk-iot-streams:otaInPlace` unless every file of the document
   * is signed: an update during a download leaves such a device with a mix of old and new blocks, and only a signature
   * reveals it.
   *
   * @param options the files, and the signatures of files without `signing`
   */
  public otaJobDocument(options: OtaJobDocumentOptions = {}): string {
    return otaJobDocument(this.jobStream, options);
  }

  /**
   * Returns a job ID that changes whenever devices must download again. It combines the stream ID, the version (with
   * signed files, eight digits for version and signatures) and an optional suffix. Jobs, job templates and OTA updates
   * cannot be updated, only replaced under another ID.
   *
   * @param purpose a suffix that distinguishes several jobs of one stream: letters, digits, '_' and '-'. A job ID of more
   * than 64 characters is an error at synth
   */
  public jobId(purpose?: string): string {
    return jobId(this.jobStream, this.maximumStreamIdLength, purpose);
  }

  /**
   * Deletes or keeps the resources when the construct is removed. With `RETAIN`, everything that a device needs is kept:
   * the stream, its objects, the role if this construct created it, and the default bucket.
   *
   * @param policy DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE; with the last two, the resources of a failed creation are still deleted
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    PARAMETERS.policy('policy', policy);
    const effective = policy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : policy;
    super.applyRemovalPolicy(effective);
    this.storage.applyRemovalPolicy(effective);
  }

  private declaredProperties(updateStrategy: UpdateStrategy, description = defaultDescription(this)): StreamProperties {
    return {
      ...this.storage.properties,
      ...lazyEncryption(this.bucket),
      StreamId: this.literalStreamId,
      UpdateStrategy: updateStrategy,
      Description: description,
      RoleArn: this.role.roleArn,
      Files: this.files.properties,
      ...this.files.answers,
    };
  }

  /** Of the app, once it is complete, and of the template, once it is written. */
  private addChecks(properties: StreamProperties): void {
    const { storage, files } = this;
    this.node.addValidation({
      validate: () => [
        ...storage.problems(),
        ...files.problems(),
        ...tagProblems(Stack.of(this).resolve(this.cdkTagManager.renderTags()) ?? {}),
      ],
    });
    const stream = { construct: this, handlerArn: this.handler.functionArn, storage, files, properties };
    checkTemplate(this, (templateOf) => writtenProblems(stream, templateOf));
  }

  private asJobStream(resource: CustomResource, hasGenerations: boolean): JobStream {
    return {
      stack: Stack.of(this),
      streamId: this.streamId,
      streamVersion: this.streamVersion,
      signedRevision: this.files.signings.length > 0
        ? this.moving.token(SIGNED_REVISION_ATTRIBUTE, { property: 'jobId', noun: 'version or a signature' }) : undefined,
      files: this.files.all,
      attribute: (name) => resource.getAtt(name),
      signature: (fileId) => this.signatureOf(fileId),
      scope: this,
      isUpdatedInPlace: !hasGenerations,
    };
  }

  private signatureOf(fileId: number): string {
    this.files.answerSignature(fileId);
    return this.moving.token(signatureAttribute(fileId), { property: 'signature', noun: 'signature' });
  }
}
