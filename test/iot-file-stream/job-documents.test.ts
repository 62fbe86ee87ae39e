import { createHash } from 'node:crypto';
import type { App } from 'aws-cdk-lib';
import { Annotations as CdkAnnotations, CfnResource, Stack, Token } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IotFileStreamProps } from '../../src';
import { IotFileStream, StreamFile, UpdateStrategy } from '../../src';
import { file, only, testStack } from '../support/app';

const FIRMWARE = Buffer.from('firmware');
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex');
/** The attributes that a deployment returns. */
const ANSWERS: Record<string, string> = { StreamId: 'fw', StreamVersion: '7', FileSize2: '4096' };

function newStream(stack: Stack = testStack(), props: Partial<IotFileStreamProps> = {}): IotFileStream {
  return new IotFileStream(stack, 'Firmware', {
    files: [
      StreamFile.fromAsset(file('app.bin', FIRMWARE)),
      StreamFile.fromJson('config.json', { region: 'eu-west-1' }),
      StreamFile.fromBucket(s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor'), 'radio/fw.bin'),
    ],
    ...props,
  });
}

/** The text with the attributes of a deployment. */
function deployed(stream: IotFileStream, value: string): string {
  const resolved = Stack.of(stream).resolve(value);
  if (typeof resolved === 'string') return resolved;
  const [separator, parts] = resolved['Fn::Join'];
  return parts.map((part: any) => typeof part === 'string' ? part : ANSWERS[part['Fn::GetAtt'][1]]).join(separator);
}

/** A stream with a number of text files. */
function streamOfFiles(count: number, name = (index: number) => `file-${index}`): IotFileStream {
  return newStream(testStack(), { files: Array.from({ length: count }, (_, index) => StreamFile.fromText(name(index), 'text')) });
}

describe('a job document', () => {
  test('jobDocument contains operation, stream and files, with the known sizes and SHA-256', () => {
    const stream = newStream();
    const config = '{"region":"eu-west-1"}';
    expect(JSON.parse(deployed(stream, stream.jobDocument({ operation: 'update' })))).toEqual({
      operation: 'update',
      streamId: 'fw',
      files: [
        { fileId: 0, fileName: 'app.bin', size: FIRMWARE.length, sha256: sha256(FIRMWARE) },
        { fileId: 1, fileName: 'config.json', size: config.length, sha256: sha256(config) },
        { fileId: 2, fileName: 'fw.bin', size: 4096 },
      ],
    });
  });

  test('jobDocument contains the version as a number only with pinVersion', () => {
    const stream = newStream();
    expect(JSON.parse(deployed(stream, stream.jobDocument({ operation: 'update', pinVersion: true })))).toMatchObject({ streamVersion: 7 });
    expect(stream.jobDocument({ operation: 'update' })).not.toContain('streamVersion');
  });

  test('jobDocument uses an attribute for the size of a text that is known only at deployment', () => {
    const stack = testStack();
    const stream = newStream(stack, { files: [StreamFile.fromText('a', stack.region)] });
    expect(stack.resolve(stream.jobDocument({ operation: 'update' }))['Fn::Join'][1]).toEqual([
      '{"operation":"update","streamId":"', { 'Fn::GetAtt': [expect.any(String), 'StreamId'] },
      '","files":[{"fileId":0,"fileName":"a","size":', { 'Fn::GetAtt': [expect.any(String), 'FileSize0'] }, '}]}',
    ]);
  });

  test('jobDocument sorts the keys of its parameters and keeps tokens', () => {
    const stack = testStack();
    const stream = newStream(stack);
    const json = stream.jobDocument({ operation: 'update', parameters: { region: stack.region, reboot: true } });
    expect(JSON.stringify(stack.resolve(json))).toContain('\\"parameters\\":{\\"reboot\\":true,\\"region\\":\\"",{"Ref":"AWS::Region"}');
  });

  test('jobDocument makes a job template depend on the stream', () => {
    const stack = testStack();
    const stream = newStream(stack);
    new iot.CfnJobTemplate(stack, 'Template', { jobTemplateId: stream.jobId(), description: 'update', document: stream.jobDocument({ operation: 'update' }) });
    const { JobTemplateId, Document } = only(stack, 'AWS::IoT::JobTemplate').Properties;
    const logicalId = stack.getLogicalId(stream.node.defaultChild as CfnResource);
    expect(JobTemplateId['Fn::Join'][1]).toEqual([{ 'Fn::GetAtt': [logicalId, 'StreamId'] }, '-', { 'Fn::GetAtt': [logicalId, 'StreamVersion'] }]);
    expect(Document['Fn::Join'][1]).toContainEqual({ 'Fn::GetAtt': [logicalId, 'StreamId'] });
  });

  test('jobDocument refuses an empty operation', () => {
    expect(() => newStream().jobDocument({ operation: '' })).toThrow(new Error('\'operation\' must not be empty, got: \'\'; name the task of the device, such as \'update-firmware\''));
  });

  test('jobDocument refuses more than 32,768 characters, counting tokens with their longest value', () => {
    const padding = 'x'.repeat(32_300);
    expect(streamOfFiles(1).jobDocument({ operation: padding })).toBeDefined();
    expect(() => newStream().jobDocument({ operation: padding })).toThrow(
      new Error('a job document must have at most 32768 characters, got: up to 32880; move long values into a file of the stream'));
  });
});

describe("a job document for AWS's OTA library", () => {
  const documentOf = (stream: IotFileStream, ...options: Parameters<IotFileStream['otaJobDocument']>) => JSON.parse(deployed(stream, stream.otaJobDocument(...options)));

  test("otaJobDocument contains every key that AWS's parsers require", () => {
    expect(documentOf(newStream())).toEqual({
      afr_ota: {
        protocols: ['MQTT'],
        streamname: 'fw',
        files: [
          { 'filepath': 'app.bin', 'filesize': FIRMWARE.length, 'fileid': 0, 'certfile': '', 'sig-sha256-ecdsa': null },
          { 'filepath': 'config.json', 'filesize': 22, 'fileid': 1, 'certfile': '', 'sig-sha256-ecdsa': null },
          { 'filepath': 'fw.bin', 'filesize': 4096, 'fileid': 2, 'certfile': '', 'sig-sha256-ecdsa': null },
        ],
      },
    });
  });

  test('otaJobDocument contains the given files, with signature, certificate, path and type', () => {
    const stream = newStream();
    const signature = Buffer.from('signature').toString('base64');
    const [signed, ...others] = documentOf(stream, {
      files: [{ fileId: stream.fileId('app.bin'), filePath: '/flash/app', certificateFile: 'signer.crt', signature, fileType: 101 }],
    }).afr_ota.files;
    expect(signed).toEqual({
      'filepath': '/flash/app', 'filesize': 8, 'fileid': 0, 'certfile': 'signer.crt', 'fileType': 101, 'sig-sha256-ecdsa': signature,
    });
    expect(others).toEqual([]);
  });

  test('otaJobDocument contains an empty path for a file without a name', () => {
    const stack = testStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'vendor');
    const stream = newStream(stack, { files: [StreamFile.fromBucket(bucket, Token.asString(new CfnResource(stack, 'Key', { type: 'A::B::C' }).ref))] });
    expect(stack.resolve(stream.otaJobDocument())['Fn::Join'][1][2]).toContain('"filepath":""');
  });

  test.each([
    [[], '\'files\' of an OTA job must contain 1 to 10 files, got: 0; list the files of this job, and create another job for the others'],
    [[{ fileId: 0 }, { fileId: 0 }], 'duplicate \'fileId\' 0 in \'files\' of an OTA job: a job can name a file only once'],
    [[{ fileId: 7 }], '\'fileId\' must be one of the stream\'s, 0, 1, 2, got: 7'],
    [[{ fileId: 0, signature: '' }], '\'signature\' must be Base64, got: \'\''],
    [[{ fileId: 0, signature: 'no base64' }], '\'signature\' must be Base64, got: \'no base64\''],
    [[{ fileId: 0, fileType: 256 }], '\'fileType\' must be an integer between 0 and 255, got: 256'],
    [[{ fileId: 0, fileType: -1 }], '\'fileType\' must be an integer between 0 and 255, got: -1'],
    [[{ fileId: 0, fileType: 1.5 }], '\'fileType\' must be an integer between 0 and 255, got: 1.5'],
  ])('otaJobDocument refuses the files %j', (files, message) => {
    expect(() => newStream().otaJobDocument({ files })).toThrow(new Error(message));
  });

  test('otaJobDocument warns once about a stream that is updated in place, and the warning can be acknowledged', () => {
    const stream = newStream();
    const other = newStream(testStack(), { updateStrategy: UpdateStrategy.NEW_STREAM });
    for (const each of [stream, stream, other]) each.otaJobDocument();
    const warnings = (each: IotFileStream) => Annotations.fromStack(Stack.of(each)).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data);
    expect(warnings(stream)).toEqual([
      '\'updateStrategy\' IN_PLACE lets an update reach a device in the middle of a download, and the CBOR requests of AWS\'s OTA library name no version: '
      + 'the device gets a file of old and new blocks without an error; use UpdateStrategy.NEW_STREAM, or sign every file so that the device refuses such a file '
      + '[ack: cdk-iot-streams:otaInPlace]',
    ]);
    expect(warnings(other)).toEqual([]);
    const acknowledged = newStream();
    acknowledged.otaJobDocument();
    // acknowledged afterwards, because older releases of the CDK remove only existing warnings
    CdkAnnotations.of(acknowledged).acknowledgeWarning('cdk-iot-streams:otaInPlace');
    expect(warnings(acknowledged)).toEqual([]);
  });

  test('otaJobDocument accepts tokens', () => {
    expect(() => newStream().otaJobDocument({ files: [{ fileId: 0, signature: Token.asString({ Ref: 'Signature' }), fileType: Token.asNumber({ Ref: 'Type' }) }] })).not.toThrow();
  });

  test('otaJobDocument refuses all files of a stream with eleven files', () => {
    expect(documentOf(streamOfFiles(10)).afr_ota.files).toHaveLength(10);
    expect(() => streamOfFiles(11).otaJobDocument()).toThrow(
      new Error('\'files\' of an OTA job must contain 1 to 10 files, got: 11; list the files of this job, and create another job for the others'));
  });
});

describe('a job id', () => {
  test('jobId contains the stream version and the purpose', () => {
    const stream = newStream();
    expect(deployed(stream, stream.jobId())).toBe('fw-7');
    expect(deployed(stream, stream.jobId('canary'))).toBe('fw-7-canary');
  });

  test('jobId refuses a purpose with characters that AWS IoT does not accept', () => {
    expect(() => newStream().jobId('a b')).toThrow(new Error('\'purpose\' must consist of letters, digits, \'_\' and \'-\', got: \'a b\''));
    expect(() => newStream().jobId('')).toThrow(new Error('\'purpose\' must consist of letters, digits, \'_\' and \'-\', got: \'\''));
  });

  test('jobId refuses more than 64 characters, counting the longest version', () => {
    const stream = newStream(testStack(), { streamId: 'x'.repeat(44) });
    expect(stream.jobId('x'.repeat(13))).toBeDefined();
    expect(() => stream.jobId('x'.repeat(14))).toThrow(new Error('a job id must have at most 64 characters, got: up to 65; shorten \'purpose\' or \'streamId\''));
  });

  test('jobId gives a warning about the exported version in another stack', () => {
    const stream = newStream();
    const other = new Stack(stream.node.root as App, 'Other');
    new iot.CfnJobTemplate(other, 'Template', { jobTemplateId: stream.jobId(), description: 'update', document: '{}' });
    expect(Annotations.fromStack(Stack.of(stream)).findWarning('*', Match.stringLikeRegexp('\'streamVersion\' is used in stack')).length).toBe(1);
  });

  test('jobId accepts a purpose that is known only at deployment', () => {
    const stack = testStack();
    expect(newStream(stack).jobId(stack.region)).toContain(stack.region);
  });
});
