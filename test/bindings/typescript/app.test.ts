import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { IotFileStream, StreamFile } from 'cdk-iot-streams';
import { BindingsStack } from './app';

const stack = new BindingsStack(new App());
const template = Template.fromStack(stack);
const { defaults, everything, byId, byArn } = stack;

const streamOf = (streamId: string) => {
  const [[logicalId, resource]] = Object.entries(template.findResources('Custom::IotFileStream', { Properties: { StreamId: streamId } }));
  const { Properties, DeletionPolicy }: { [key: string]: any } = resource;
  return { logicalId, Properties, DeletionPolicy };
};
const ofDefaults = streamOf('Bindings-Defaults-A1E12092');
const ofEverything = streamOf('everything');
const attribute = (name: string) => ({ 'Fn::GetAtt': [ofDefaults.logicalId, name] });
const arn = (name: string) => ({ 'Fn::GetAtt': [expect.stringContaining(name), 'Arn'] });
const arnOf = (streamId: string) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:stream/${streamId}`]],
});
const policy = Object.values(template.findResources('AWS::IoT::Policy'))[0].Properties.PolicyDocument;
const readerMay = (actions: string | string[], resource: unknown) => template.hasResourceProperties('AWS::IAM::Policy', {
  PolicyName: Match.stringLikeRegexp('^Reader'),
  PolicyDocument: { Statement: Match.arrayWith([{ Effect: 'Allow', Action: actions, Resource: resource }]) },
});

test.each(['first', 'second'])('the %s synthesis gives the template that all languages share, byte for byte', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bindings-'));
  execFileSync(process.execPath, ['app.js', directory]);
  expect(readFileSync(join(directory, 'Bindings.template.json'), 'utf8')).toBe(readFileSync(join('shared', 'golden.template.json'), 'utf8'));
});

test('the smallest app of the README synthesises its stream', () => {
  const directory = mkdtempSync(join(tmpdir(), 'smallest-'));
  execFileSync(process.execPath, ['smallest.js'], { env: { ...process.env, CDK_OUTDIR: directory } });
  const { Resources, Outputs } = JSON.parse(readFileSync(join(directory, 'Firmware.template.json'), 'utf8'));
  const [logicalId] = Object.keys(Resources).filter((id) => Resources[id].Type === 'Custom::IotFileStream');
  expect(Resources[logicalId].Properties.Files[0].FileName).toBe('app.bin');
  expect(Outputs.StreamId.Value).toEqual({ 'Fn::GetAtt': [logicalId, 'StreamId'] });
});

describe('files', () => {
  test('declares files of all four kinds with positional IDs', () => {
    expect(ofDefaults.Properties.Files).toEqual({
      0: {
        FileName: 'app.bin',
        Sha256: 'f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039',
        Size: '70000',
        SourceBucket: { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' },
        SourceKey: 'f0beda104aea1f6824c89affd6554217daca358273a29d59df2133be67fa3039.bin',
      },
      1: {
        FileName: 'config.json',
        Text: { 'Fn::Join': ['', ['{"hosts":["a","b"],"limits":{"blocks":8,"retries":3},"region":"', { Ref: 'AWS::Region' }, '","strict":true}']] },
      },
      2: { FileName: 'fw.bin', SourceBucket: 'vendor-firmware', SourceKey: 'radio/fw.bin', SourceVersion: 'x7' },
      3: { FileName: 'notes.txt', Sha256: '050d9a81f60c3de7fea750ca78fc4b81c2c1f8b620c7e7b75d012239e3f59295', Size: '18', Text: 'Für alle Geräte\n' },
    });
  });

  test('declares files of all four kinds with every option', () => {
    expect(ofEverything.Properties.Files).toEqual({
      0: { FileName: 'model.json', Sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a', Size: '2', Text: '{}' },
      3: expect.objectContaining({ FileName: 'firmware', Size: '70000' }),
      7: { FileName: 'readme.txt', Sha256: '7697ab84cd811cc93711c93ef0e92469f1e314a5e8957ad987d9b1fa54d691c4', Size: '8', Text: 'Bindings' },
      255: { FileName: 'model', SourceBucket: 'vendor-firmware', SourceKey: 'models/m.bin', Revision: 'second' },
    });
  });

  test('fileId returns the ID of a file by its name', () => {
    expect(['app.bin', 'config.json', 'fw.bin', 'notes.txt'].map((name) => defaults.fileId(name))).toEqual([0, 1, 2, 3]);
    expect(['model.json', 'firmware', 'readme.txt', 'model'].map((name) => everything.fileId(name))).toEqual([0, 3, 7, 255]);
  });
});

describe('a stream', () => {
  test('a stream returns its ID, ARN and version as attributes', () => {
    expect(stack.resolve(defaults.streamId)).toEqual(attribute('StreamId'));
    expect(stack.resolve(defaults.streamArn)).toEqual(attribute('StreamArn'));
    expect(stack.resolve(defaults.streamVersion)).toEqual(attribute('StreamVersion'));
  });

  test('a stream creates its role, bucket and handler, or uses the given ones', () => {
    expect(stack.resolve(defaults.role.roleArn)).toEqual(arn('DeliveryRole'));
    expect(stack.resolve(defaults.bucket.bucketArn)).toEqual(arn('IotFileStreamBucket'));
    expect(stack.resolve(defaults.handler.functionArn)).toEqual(arn('CdkIotStreamsHandlerFunction'));
    expect(everything.handler).toBe(defaults.handler);
    expect(everything.bucket).toBe(stack.bucket);
    expect(stack.resolve(everything.role.roleArn)).toEqual(arn('Delivery'));
  });

  test('a stream has the given description, bucket, key prefix, role and update strategy', () => {
    expect(ofEverything.Properties).toMatchObject({
      StreamId: 'everything',
      Description: 'All that can be said',
      Bucket: { Ref: expect.stringMatching(/^Objects/) },
      Prefix: { 'Fn::Join': ['', ['streams/everything/', expect.anything(), expect.anything()]] },
      RoleArn: arn('Delivery'),
      UpdateStrategy: 'NEW_STREAM',
    });
    expect(ofDefaults.Properties.Description).toBe('Bindings/Defaults');
    expect(ofDefaults.Properties.UpdateStrategy).toBe('IN_PLACE');
  });

  test('a stream has the tags of the app', () => {
    expect(ofDefaults.Properties.Tags).toEqual({ team: 'radio' });
    expect(defaults.cdkTagManager.tagValues()).toEqual({ team: 'radio' });
  });

  test('a stream is deleted with its stack unless it is retained', () => {
    expect(ofDefaults.DeletionPolicy).toBe('Delete');
    expect(ofEverything.DeletionPolicy).toBe('RetainExceptOnCreate');
    const another = new Stack();
    const stream = new IotFileStream(another, 'Stream', { files: [StreamFile.fromText('a', 'text')] });
    stream.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Template.fromStack(another).hasResource('Custom::IotFileStream', { DeletionPolicy: 'RetainExceptOnCreate' });
  });

  test('a stream grants actions on itself and its generations', () => {
    readerMay('iot:DescribeStream', attribute('StreamArn'));
    readerMay(['iot:DescribeStream', 'iot:DeleteStream'], [arnOf('everything'), arnOf('everything--????????')]);
    readerMay('iot:DescribeStream', 'arn:aws:iot:eu-west-1:111122223333:stream/far-away');
  });
});

describe('an imported stream', () => {
  test('fromStreamId imports a stream by its ID', () => {
    expect(byId.streamId).toBe('elsewhere');
    expect(stack.resolve(byId.streamArn)).toEqual(arnOf('elsewhere'));
  });

  test('fromStreamArn imports a stream by its ARN', () => {
    expect(byArn.streamId).toBe('far-away');
    expect(byArn.streamArn).toBe('arn:aws:iot:eu-west-1:111122223333:stream/far-away');
    expect(byArn.env).toEqual({ account: '111122223333', region: 'eu-west-1' });
  });
});

describe('policies and jobs of devices', () => {
  const job = (id: string) => template.findResources('AWS::IoT::JobTemplate')[id].Properties;

  test('deviceStatements returns statements for all things or one', () => {
    expect(policy.Statement).toHaveLength(9);
    expect(JSON.stringify(policy.Statement[0])).toContain(':client/${iot:Connection.Thing.ThingName}');
    expect(JSON.stringify(policy.Statement[1])).toContain(':topic/$aws/things/${iot:Connection.Thing.ThingName}/streams/Bindings-Defaults-A1E12092/*');
    expect(JSON.stringify(policy.Statement[3])).toContain(':iot:eu-west-1:111122223333:client/sensor-1');
    expect(JSON.stringify(policy.Statement[4])).toContain('/things/sensor-1/streams/far-away/describe/cbor');
    expect(stack.resolve(byId.deviceStatements()[0].resources[0])).toEqual(
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':client/${iot:Connection.Thing.ThingName}']] });
  });

  test('jobDocument sorts its parameters', () => {
    const { JobTemplateId, Document } = job('Install');
    expect(JobTemplateId).toEqual({ 'Fn::Join': ['', [attribute('StreamId'), '-', attribute('StreamVersion'), '-install']] });
    const parts = Document['Fn::Join'][1];
    expect(parts[0]).toBe('{"operation":"install","streamId":"');
    expect(parts.slice(1, 4)).toEqual([attribute('StreamId'), '","streamVersion":', attribute('StreamVersion')]);
    expect(parts.slice(-3)).toEqual([
      expect.stringMatching(/"parameters":\{"region":"$/), { Ref: 'AWS::Region' }, '","slot":"B","steps":{"reboot":false,"tries":2,"verify":true}}}',
    ]);
  });

  test('otaJobDocument returns a document of the OTA library', () => {
    expect(job('Ota').Document['Fn::Join'][1].slice(-1)).toEqual(['","files":['
      + '{"filepath":"/firmware","filesize":70000,"fileid":3,"certfile":"signer.crt","fileType":1,"sig-sha256-ecdsa":"MEUCIQ=="},'
      + '{"filepath":"model.json","filesize":2,"fileid":0,"certfile":"","sig-sha256-ecdsa":null}]}}']);
  });
});

describe('a signed file', () => {
  const { logicalId, Properties } = streamOf('Bindings-Signed-67F80835');
  const ofSigned = (name: string) => ({ 'Fn::GetAtt': [logicalId, name] });

  test('a signed file declares its key and algorithm', () => {
    expect(Properties.Files).toMatchObject({
      0: { SigningKeyArn: arn('CodeSigning'), SigningAlgorithm: 'ECDSA_SHA_256' },
      1: { SigningKeyArn: 'arn:aws:kms:eu-west-1:111122223333:key/rsa', SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
    });
    expect(Properties).toMatchObject({ AnsweredSignatures: ['0', '1'], AnsweredLocations: ['0'] });
  });

  test('a signed file returns its signature and location as attributes', () => {
    expect(template.findOutputs('*')).toMatchObject({
      Signature: { Value: ofSigned('Signature0') }, ObjectKey: { Value: ofSigned('ObjectKey0') }, ObjectVersion: { Value: ofSigned('ObjectVersion0') },
    });
  });

  test('otaJobDocument contains the signature of a signed file', () => {
    const { JobTemplateId, Document } = template.findResources('AWS::IoT::JobTemplate').SignedOta.Properties;
    expect(JobTemplateId).toEqual({ 'Fn::Join': ['', [ofSigned('StreamId'), '-', ofSigned('SignedRevision')]] });
    expect(Document['Fn::Join'][1].slice(-4)).toEqual([
      ofSigned('Signature0'),
      '"},{"filepath":"notes.txt","filesize":7,"fileid":1,"certfile":"","sig-sha256-rsa":"',
      ofSigned('Signature1'),
      '","sig-sha256-ecdsa":null}]}}',
    ]);
  });
});

describe('video', () => {
  const [[logicalId, { Properties, DeletionPolicy }]] = Object.entries<any>(template.findResources('AWS::KinesisVideo::Stream'));

  test('a video stream has every given option', () => {
    expect(Properties).toEqual({
      Name: 'front-door',
      DeviceName: 'camera-1',
      MediaType: 'video/h264',
      DataRetentionInHours: 24,
      StreamStorageConfiguration: { DefaultStorageTier: 'WARM' },
      KmsKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/1a2b3c4d-0000-4000-8000-000000000001',
    });
    expect(DeletionPolicy).toBe('Delete');
    expect(stack.resolve(stack.door.streamVersion)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^DoorVersion/), 'StreamVersion'] });
    expect(stack.door.metrics.incomingBytes().statistic).toBe('Sum');
  });

  test('fromStreamAttributes imports a video stream', () => {
    expect([stack.gate.streamName, stack.gate.env.region]).toEqual(['gate', 'eu-west-1']);
  });

  test('a device role gives a device credentials to send to its streams', () => {
    expect(policy.Statement[8]).toEqual({
      Action: 'iot:AssumeRoleWithCertificate', Effect: 'Allow', Resource: { 'Fn::GetAtt': [expect.stringMatching(/^CameraAlias/), 'RoleAliasArn'] },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyName: Match.stringLikeRegexp('^CameraRole'),
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({
        Action: ['kinesisvideo:DescribeStream', 'kinesisvideo:GetDataEndpoint', 'kinesisvideo:PutMedia'],
        Resource: { 'Fn::GetAtt': [logicalId, 'Arn'] },
      })]) },
    });
  });
});

describe('errors about wrong input', () => {
  test('a wrong file gives an error that says what is wrong', () => {
    expect(() => StreamFile.fromText('a', 'text', { fileId: 300 })).toThrow('\'fileId\' must be an integer between 0 and 255, got: 300');
  });

  test('a wrong stream gives an error that says what is wrong', () => {
    expect(() => new IotFileStream(new Stack(), 'Stream', { files: [] })).toThrow('\'files\' must contain 1 to 50 files, got: 0');
  });

  test('a wrong name gives an error that says what is wrong', () => {
    expect(() => defaults.fileId('app.hex')).toThrow('\'fileName\' must be one of \'app.bin\', \'config.json\', \'fw.bin\', \'notes.txt\', got: \'app.hex\'');
  });
});
