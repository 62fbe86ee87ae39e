import { join } from 'path';
import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  DeviceRole, FileSigning, IIotFileStream, IKinesisVideoStream, IotFileStream, KinesisVideoStream, SigningAlgorithm, StorageTier, StreamEncoding,
  StreamFile, UpdateStrategy,
} from 'cdk-iot-streams';

const FIRMWARE = join('shared', 'app.bin');

/** The same app in every language, which must give the same template. */
export class BindingsStack extends Stack {
  readonly vendor: s3.IBucket;
  readonly bucket: s3.Bucket;
  readonly reader: iam.Role;
  readonly defaults: IotFileStream;
  readonly everything: IotFileStream;
  readonly signed: IotFileStream;
  readonly byId: IIotFileStream;
  readonly byArn: IIotFileStream;
  readonly camera: DeviceRole;
  readonly door: KinesisVideoStream;
  readonly gate: IKinesisVideoStream;

  constructor(app: App) {
    super(app, 'Bindings');
    this.vendor = s3.Bucket.fromBucketName(this, 'Vendor', 'vendor-firmware');
    this.bucket = new s3.Bucket(this, 'Objects', { versioned: true });
    this.reader = new iam.Role(this, 'Reader', { assumedBy: new iam.AccountRootPrincipal() });

    this.defaults = new IotFileStream(this, 'Defaults', {
      files: [
        StreamFile.fromAsset(FIRMWARE),
        StreamFile.fromJson('config.json', { region: this.region, limits: { retries: 3, blocks: 8 }, hosts: ['a', 'b'], strict: true }),
        StreamFile.fromBucket(this.vendor, 'radio/fw.bin', { objectVersion: 'x7' }),
        StreamFile.fromText('notes.txt', 'Für alle Geräte\n'),
      ],
    });
    Tags.of(this.defaults).add('team', 'radio');
    this.defaults.grants.describe(this.reader);

    const delivery = new iam.Role(this, 'Delivery', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
    delivery.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.everything = new IotFileStream(this, 'Everything', {
      files: [
        StreamFile.fromAsset(FIRMWARE, { fileId: 3, fileName: 'firmware' }),
        StreamFile.fromJson('model.json', {}, { fileId: 0 }),
        StreamFile.fromBucket(this.vendor, 'models/m.bin', { fileId: 255, fileName: 'model', revision: 'second' }),
        StreamFile.fromText('readme.txt', this.stackName, { fileId: 7 }),
      ],
      streamId: 'everything',
      description: 'All that can be said',
      bucket: this.bucket,
      keyPrefix: 'streams/',
      role: delivery,
      updateStrategy: UpdateStrategy.NEW_STREAM,
      removalPolicy: RemovalPolicy.RETAIN,
      maxFileSize: Size.mebibytes(1),
    });
    this.everything.grants.actions(this.reader, ['iot:DescribeStream', 'iot:DeleteStream']);

    this.byId = IotFileStream.fromStreamId(this, 'ById', 'elsewhere');
    this.byArn = IotFileStream.fromStreamArn(this, 'ByArn', 'arn:aws:iot:eu-west-1:111122223333:stream/far-away');
    this.byArn.grants.describe(this.reader);

    this.camera = new DeviceRole(this, 'Camera', { roleAliasName: 'cameras', credentialDuration: Duration.hours(2) });
    this.camera.grantOwnVideoStreams();
    this.door = new KinesisVideoStream(this, 'Door', {
      streamName: 'front-door',
      deviceName: 'camera-1',
      mediaType: 'video/h264',
      retention: Duration.hours(24),
      storageTier: StorageTier.WARM,
      encryptionKey: kms.Key.fromKeyArn(this, 'VideoKey', 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001'),
      removalPolicy: RemovalPolicy.DESTROY,
      exposeVersion: true,
    });
    this.door.grants.putMedia(this.camera);
    this.gate = KinesisVideoStream.fromStreamArn(this, 'Gate', 'arn:aws:kinesisvideo:eu-west-1:111122223333:stream/gate/1700000000000');
    this.gate.grants.readMedia(this.reader);

    new iot.CfnPolicy(this, 'DevicePolicy', {
      policyDocument: new iam.PolicyDocument({
        statements: [
          ...this.defaults.deviceStatements(),
          ...this.byArn.deviceStatements({ thingName: 'sensor-1', encoding: StreamEncoding.CBOR }),
          ...this.camera.deviceStatements(),
        ],
      }),
    });
    new iot.CfnJobTemplate(this, 'Install', {
      jobTemplateId: this.defaults.jobId('install'),
      description: 'Install the firmware',
      document: this.defaults.jobDocument({
        operation: 'install',
        pinVersion: true,
        parameters: { slot: 'B', region: this.region, steps: { verify: true, reboot: false, tries: 2 } },
      }),
    });
    new iot.CfnJobTemplate(this, 'Ota', {
      jobTemplateId: this.everything.jobId(),
      description: 'Install the firmware over the air',
      document: this.everything.otaJobDocument({
        files: [{ fileId: 3, filePath: '/firmware', certificateFile: 'signer.crt', signature: 'MEUCIQ==', fileType: 1 }, { fileId: 0 }],
      }),
    });

    const ecdsaKey = new kms.Key(this, 'CodeSigning', { keySpec: kms.KeySpec.ECC_NIST_P256, keyUsage: kms.KeyUsage.SIGN_VERIFY });
    const rsaKey = kms.Key.fromKeyArn(this, 'RsaCodeSigning', 'arn:aws:kms:eu-west-1:111122223333:key/rsa');
    this.signed = new IotFileStream(this, 'Signed', {
      files: [
        StreamFile.fromAsset(FIRMWARE, { signing: FileSigning.kmsKey(ecdsaKey) }),
        StreamFile.fromText('notes.txt', 'Signed\n', {
          signing: FileSigning.kmsKey(rsaKey, { algorithm: SigningAlgorithm.RSASSA_PKCS1_V1_5_SHA_256 }),
        }),
      ],
    });
    new iot.CfnJobTemplate(this, 'SignedOta', {
      jobTemplateId: this.signed.jobId(),
      description: 'Install the signed firmware over the air',
      document: this.signed.otaJobDocument(),
    });
    const { bucketName, objectKey, objectVersion } = this.signed.fileLocation('app.bin');
    new CfnOutput(this, 'Signature', { value: this.signed.signature('app.bin') });
    new CfnOutput(this, 'BucketName', { value: bucketName });
    new CfnOutput(this, 'ObjectKey', { value: objectKey });
    new CfnOutput(this, 'ObjectVersion', { value: objectVersion });

    new CfnOutput(this, 'StreamId', { value: this.defaults.streamId });
    new CfnOutput(this, 'StreamArn', { value: this.defaults.streamArn });
    new CfnOutput(this, 'StreamVersion', { value: this.defaults.streamVersion });
    new CfnOutput(this, 'VideoVersion', { value: this.door.streamVersion });
    new CfnOutput(this, 'NotesFileId', { value: String(this.defaults.fileId('notes.txt')) });
  }
}

if (require.main === module) {
  const app = new App({ outdir: process.argv[2] });
  new BindingsStack(app);
  app.synth();
}
