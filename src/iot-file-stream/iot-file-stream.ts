import type { CfnResource, ITaggableV2 } from 'aws-cdk-lib';
import {
  Annotations, ArnFormat, CustomResource, Lazy, Names, RemovalPolicy, Resource, Stack,
  TagManager, TagType, Token,
} from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { DeviceStatementsOptions } from './device-statements';
import { deviceStatements } from './device-statements';
import { IotFileStreamGrants } from './grants';
import type { JobDocumentOptions, OtaJobDocumentOptions, JobStream } from './job-documents';
import { jobDocument, jobId, otaJobDocument } from './job-documents';
import type { EncryptionProperties, FileProperties, StreamAttributes, StreamProperties } from './private/contract';
import { GENERATION_LENGTH, GENERATION_SEPARATOR, STREAM_RESOURCE_TYPE } from './private/contract';
import { cycleProblems } from './private/cycles';
import { encryptionOf } from './private/encryption';
import { ImportedStream } from './private/imported-stream';
import { PARAMETERS, STREAM_PROPS } from './private/input';
import { exceededLimits } from './private/limits';
import { overrideProblems, secretProblems, textProblems } from './private/property-problems';
import { StreamStorage, streamArns } from './private/stream-storage';
import {
  DEFAULT_MAXIMUM_FILE_SIZE, MAXIMUM_DESCRIPTION_LENGTH, SAFE_STREAM_ID_LENGTH, tagProblems, validateDescription, validateFileCount,
  validateFileIds, validateFileNames, validateKeyPrefix, validateNoGeneration, validateStreamArn, validateStreamId,
} from './private/validation';
import type { IotFileStreamProps } from './props';
import { UpdateStrategy } from './props';
import type { IIotFileStream } from './stream-interface';
import { movingValue } from '../core/cross-stack-use';
import { shortHashOf } from '../core/digest';
import { SERVICE_TIMEOUT, HandlerFunction } from '../core/handler-function';
import { checkedStruct } from '../core/input';
import { validateRegion } from '../core/region';
import { validateUnique } from '../core/unique-name';
import type { WrittenTemplate } from '../core/written-template';
import { checkTemplate } from '../core/written-template';

/**
 * An AWS IoT stream with its files.
 *
 * Creates a copy of every file in a versioned bucket, a role with which AWS IoT reads them, a role in whose name the
 * stack's one Lambda works, and the stream. The version of the stream moves when what devices receive changes, and only
 * then.
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
   * A stream of this account and region that exists already.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param streamId the id of the stream
   */
  public static fromStreamId(scope: Construct, id: string, streamId: string): IIotFileStream {
    PARAMETERS.scope('scope', scope);
    PARAMETERS.streamId('streamId', streamId);
    validateStreamId(Token.isUnresolved(streamId) ? undefined : streamId);
    return new ImportedStream(scope, id, Stack.of(scope).formatArn({ service: 'iot', resource: 'stream', resourceName: streamId }), streamId);
  }

  /**
   * A stream that exists already. An ARN that is not one of a stream is an error at synth.
   *
   * @param scope the parent
   * @param id the id of the construct
   * @param streamArn the ARN of the stream
   */
  public static fromStreamArn(scope: Construct, id: string, streamArn: string): IIotFileStream {
    PARAMETERS.scope('scope', scope);
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
   * The version that the service gave the stream, as a string: it can stand in texts and job documents. It moves when
   * files, description or role change. It cannot be exported to another stack: an export in use cannot change.
   *
   * @attribute
   */
  public readonly streamVersion: string;

  /** The role with which AWS IoT reads the files. */
  public readonly role: iam.IRole;

  /**
   * The role that the handler assumes to work on this stream. It may do what the stream needs; add what no construct shows,
   * such as `kms:Decrypt` on a key of the staging bucket that was given at `cdk bootstrap`:
   * `key.grantDecrypt(stream.managementRole)`.
   */
  public readonly managementRole: iam.IRole;

  /** Where the stream's objects are kept. */
  public readonly bucket: s3.IBucket;

  /** The Lambda that serves all streams of the stack, for alarms and overrides. */
  public readonly handler: lambda.IFunction;

  public readonly grants: IotFileStreamGrants;

  /** The tags of the stream. */
  public readonly cdkTagManager: TagManager;

  /** Without a generation, and there before the stream is. */
  private readonly literalStreamId: string;
  private readonly maximumStreamIdLength: number;
  private readonly storage: StreamStorage;
  private readonly fileIds: ReadonlyMap<string, number>;
  private readonly jobStream: JobStream;

  constructor(scope: Construct, id: string, props: IotFileStreamProps) {
    super(scope, id);
    props = checkedStruct('props', props, STREAM_PROPS);
    const { files, keyPrefix = '', maxFileSize = DEFAULT_MAXIMUM_FILE_SIZE, updateStrategy = UpdateStrategy.IN_PLACE } = props;
    const hasGenerations = updateStrategy === UpdateStrategy.NEW_STREAM;
    const reserved = hasGenerations ? GENERATION_SEPARATOR.length + GENERATION_LENGTH : 0;
    const streamId = props.streamId ?? Names.uniqueResourceName(this, { maxLength: 34, separator: '-', allowedSpecialCharacters: '_-' });
    this.literalStreamId = streamId;
    this.maximumStreamIdLength = streamId.length + reserved;
    validateFileCount(files.length);
    validateFileIds(files.map((file) => file._fileId));
    validateFileNames(files.map((file) => file._fileName));
    validateStreamId(streamId, reserved);
    validateNoGeneration(streamId);
    validateUnique(this, 'streamId', 'ids', streamId);
    validateDescription(props.description);
    validateKeyPrefix(keyPrefix, streamId);
    if (props.bucket) validateRegion(this, 'bucket', 'bucket', props.bucket);
    if (this.maximumStreamIdLength > SAFE_STREAM_ID_LENGTH) {
      Annotations.of(this).addWarningV2('cdk-iot-streams:longStreamId',
        `'streamId' has ${this.maximumStreamIdLength} characters${hasGenerations ? ' with its generation' : ''}: AWS's own C clients write past a buffer where it has more than ${SAFE_STREAM_ID_LENGTH}`);
    }

    const bound = files.map((file, position) => {
      const fileId = file._fileId ?? position;
      return { fileId, fileName: file._fileName, ...file._bind(this, `File${fileId}`, maxFileSize) };
    });
    this.fileIds = new Map(bound.flatMap(({ fileId, fileName }) => fileName === undefined ? [] : [[fileName, fileId]]));

    const handler = HandlerFunction.getOrCreate(this);
    this.storage = StreamStorage.create(this, {
      streamId,
      keyPrefix,
      bucket: props.bucket,
      role: props.role,
      sources: bound.flatMap(({ source }) => source ?? []),
      handler,
    });
    this.handler = handler.function;
    this.bucket = this.storage.bucket;
    this.role = this.storage.deliveryRole;
    this.managementRole = this.storage.managementRole;
    this.cdkTagManager = new TagManager(TagType.MAP, STREAM_RESOURCE_TYPE);

    const properties: StreamProperties = {
      ...this.storage.properties,
      ...lazyEncryption(this.bucket),
      StreamId: streamId,
      UpdateStrategy: updateStrategy,
      Description: props.description ?? pathAsDescription(this),
      RoleArn: this.role.roleArn,
      Files: Object.fromEntries(bound.map(({ fileId, fileName, properties: file }): [string, FileProperties] =>
        [String(fileId), { FileName: fileName, ...file }])),
    };
    // the id of the stream decides the logical id: another stream is another resource, made before the old one goes
    const resource = new CustomResource(this, `Stream${shortHashOf(streamId)}`, {
      resourceType: STREAM_RESOURCE_TYPE,
      serviceToken: handler.function.functionArn,
      serviceTimeout: SERVICE_TIMEOUT,
      properties: { ...properties, Tags: Lazy.any({ produce: () => this.cdkTagManager.renderTags() }) },
    });
    resource.node.addDependency(...this.storage.dependencies);
    this.node.defaultChild = resource.node.defaultChild;
    this.node.addValidation({
      validate: () => [
        ...this.storage.problems(),
        ...tagProblems(Stack.of(this).resolve(this.cdkTagManager.renderTags()) ?? {}),
      ],
    });
    checkTemplate(this, (templateOf) => this.writtenProblems(templateOf, properties));

    const attribute = (name: keyof StreamAttributes) => resource.getAttString(name);
    const moving = (name: 'StreamId' | 'StreamArn' | 'StreamVersion') =>
      movingValue(this, `s${name.slice(1)}`, name.slice('Stream'.length).toLowerCase(), attribute(name));
    this.streamId = hasGenerations ? moving('StreamId') : attribute('StreamId');
    this.streamArn = hasGenerations ? moving('StreamArn') : attribute('StreamArn');
    this.streamVersion = moving('StreamVersion');
    // every generation from the start: no permission moves with the content
    this.grants = new IotFileStreamGrants(hasGenerations ? streamArns(this, streamId) : [this.streamArn]);
    const { streamVersion } = this;
    this.jobStream = {
      stack: Stack.of(this),
      streamId: this.streamId,
      streamVersion,
      files: bound,
      attribute: (name) => resource.getAtt(name),
      scope: this,
      isUpdatedInPlace: !hasGenerations,
    };
    if (props.removalPolicy) this.applyRemovalPolicy(props.removalPolicy);
  }

  /**
   * The id of a file of this stream. A name that none of its files has is an error at synth.
   *
   * @param fileName the file's name: the last part of its path or key, or what was given as `fileName`
   */
  public fileId(fileName: string): number {
    PARAMETERS.fileName('fileName', fileName);
    const fileId = this.fileIds.get(fileName);
    if (fileId === undefined) {
      throw new Error(`'fileName' must be one of '${[...this.fileIds.keys()].join('\', \'')}', got: '${fileName}'`);
    }
    return fileId;
  }

  public deviceStatements(options: DeviceStatementsOptions = {}): iam.PolicyStatement[] {
    return deviceStatements(this, this.literalStreamId, options);
  }

  /**
   * A job document for devices of your own: operation, stream id, version where asked for, and of each file its id, name,
   * size, and SHA-256 where it is known at synth. For `document` of `iot.CfnJob` and `iot.CfnJobTemplate`; at most 32,768
   * characters, more is an error at synth.
   *
   * @param options what devices are to do
   */
  public jobDocument(options: JobDocumentOptions): string {
    return jobDocument(this.jobStream, options);
  }

  /**
   * A job document for devices with AWS's OTA library (`afr_ota`), over MQTT; for `document` of `iot.CfnJob` and
   * `iot.CfnJobTemplate`. It does not name the version of the stream: such devices
   * ask for the one that is there, or for 1. With `UpdateStrategy.IN_PLACE`, this adds the warning `cdk-iot-streams:otaInPlace`,
   * because an update during a download then leaves such a device with a file of old and new blocks.
   *
   * @param options which files, and their signatures
   */
  public otaJobDocument(options: OtaJobDocumentOptions = {}): string {
    return otaJobDocument(this.jobStream, options);
  }

  /**
   * An id that is another one whenever devices are to download anew: stream id, version, and what you add. Jobs, job
   * templates and OTA updates cannot be changed: CloudFormation replaces them, which needs another id.
   *
   * @param purpose tells several jobs of one stream apart: letters, digits, '_' and '-'. More than 64 characters in all are
   * an error at synth
   */
  public jobId(purpose?: string): string {
    return jobId(this.jobStream, this.maximumStreamIdLength, purpose);
  }

  /**
   * What happens when the construct goes. With `RETAIN`, everything that a device needs stays: the stream, its objects, the
   * role if this construct made it, and the default bucket.
   *
   * @param policy DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE; both of the latter keep nothing of a creation that failed
   */
  public applyRemovalPolicy(policy: RemovalPolicy): void {
    PARAMETERS.policy('policy', policy);
    const effective = policy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : policy;
    super.applyRemovalPolicy(effective);
    this.storage.applyRemovalPolicy(effective);
  }

  private writtenProblems(templateOf: (stack: Stack) => WrittenTemplate, declared: StreamProperties): string[] {
    const stack = Stack.of(this);
    const template = templateOf(stack);
    const written = template.resources[stack.resolve((this.node.defaultChild as CfnResource).logicalId)];
    // a synthesizer of the user's own may write no template
    if (!written) return [];
    const properties = written.Properties ?? {};
    const broken = overrideProblems(this.node.path, properties, stack.resolve({ ServiceToken: this.handler.functionArn, ...declared }));
    // the other checks read these properties
    if (broken.length > 0) return broken;
    const exceeded = exceededLimits(template, this.literalStreamId);
    return [
      ...exceeded.length > 0 ? exceeded : textProblems(properties),
      ...this.storage.writtenProblems(templateOf),
      ...secretProblems(properties),
      ...cycleProblems(stack, template.resources),
    ];
  }
}

/** What aspects and overrides make of the bucket counts. */
function lazyEncryption(bucket: s3.IBucket): EncryptionProperties {
  const property = (name: keyof EncryptionProperties) => Lazy.string({ produce: () => encryptionOf(bucket)[name] });
  return { ServerSideEncryption: property('ServerSideEncryption'), EncryptionKey: property('EncryptionKey') };
}

/** The API cannot clear a description, so there is always one. */
function pathAsDescription(stream: IotFileStream): string {
  return stream.node.path.replace(/\p{C}/gu, '').slice(0, MAXIMUM_DESCRIPTION_LENGTH);
}
