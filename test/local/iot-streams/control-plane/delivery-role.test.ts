import { CreateStreamCommand, UpdateStreamCommand } from '@aws-sdk/client-iot';
import { allow, iotTrust } from '../in-memory';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

const key = 'arn:aws:kms:us-east-1:000000000000:key/1';
const arn = 'arn:aws:iot:us-east-1:000000000000:stream/s';

let fixture: ServiceFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture.stop());

function create(
  roleArn: string, s3Location: { bucket: string; key: string; version?: string } = fixture.files[0].s3Location,
): Promise<unknown> {
  return fixture.client().send(new CreateStreamCommand({ streamId: 's', files: [{ fileId: 0, s3Location }], roleArn }));
}

function role(statements: object[], trust: object = iotTrust, boundary?: object[]): string {
  return fixture.roles.put('Other', [trust], statements, boundary);
}

function invalid(message: string): object {
  return { name: 'InvalidRequestException', message, $metadata: { httpStatusCode: 400 } };
}

function notAllowed(action: string, resource: string, because = `because no identity-based policy allows the ${action} action`): object {
  return invalid(`User: arn:aws:sts::000000000000:assumed-role/Other/iot-streams is not authorized to perform: ${action} on resource: ${resource} ${because}`);
}

const readAll = allow(['s3:GetObject', 's3:GetObjectVersion'], '*');

describe('a role that AWS IoT cannot assume', () => {
  test('refuses a role that does not exist', async () => {
    const roleArn = 'arn:aws:iam::000000000000:role/Nobody';
    await expect(create(roleArn)).rejects.toMatchObject(invalid(`AWS IoT cannot assume role ${roleArn}: there is no such role`));
  });

  test.each([
    ['another service', { ...iotTrust, Principal: { Service: 'credentials.iot.amazonaws.com' } }],
    ['another account', { ...iotTrust, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }],
    ['another region', { ...iotTrust, Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:iot:eu-west-1:000000000000:*' } } }],
  ])('refuses a role that trusts %s', async (_, trust) => {
    const roleArn = role([readAll], trust);
    await expect(create(roleArn)).rejects.toMatchObject(
      invalid(`AWS IoT cannot assume role ${roleArn}: its trust policy does not allow iot.amazonaws.com from ${arn}`),
    );
  });
});

describe('a role without permission to read', () => {
  const object = 'arn:aws:s3:::bucket/file';

  test('requires s3:GetObjectVersion for a version and s3:GetObject for an object', async () => {
    await expect(create(role([allow('s3:GetObject', object)]))).rejects.toMatchObject(notAllowed('s3:GetObjectVersion', object));
    await expect(create(role([allow('s3:GetObjectVersion', object)]), { bucket: 'bucket', key: 'file' }))
      .rejects.toMatchObject(notAllowed('s3:GetObject', object));
    await expect(create(role([allow('s3:GetObject', object)]), { bucket: 'bucket', key: 'file' })).resolves.toBeDefined();
  });

  test('refuses a role whose boundary does not allow to read', async () => {
    await expect(create(role([readAll], iotTrust, [allow('iot:*', '*')]))).rejects.toMatchObject(
      notAllowed('s3:GetObjectVersion', object, 'because no permissions boundary allows the s3:GetObjectVersion action'),
    );
  });

  test('refuses a role if the bucket policy denies to read', async () => {
    fixture.objects.policies.set('bucket', JSON.stringify({
      Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::bucket/*' }],
    }));
    await expect(create(role([readAll]))).rejects.toMatchObject(
      notAllowed('s3:GetObjectVersion', object, 'with an explicit deny in a resource-based policy'),
    );
  });

  test.each([key, '1'])('refuses a role that may not decrypt with the key of the object, %s', async (keyId) => {
    const version = fixture.objects.put('bucket', 'secret', 'abc', keyId);
    const location = { bucket: 'bucket', key: 'secret', version };
    await expect(create(role([readAll]), location)).rejects.toMatchObject(notAllowed('kms:Decrypt', key));
    const decrypt = { ...allow('kms:Decrypt', key), Condition: { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } } };
    await expect(create(role([readAll, decrypt]), location)).resolves.toBeDefined();
  });
});

test('a bucket policy that denies plain HTTP allows the service', async () => {
  fixture.objects.policies.set('bucket', JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: { AWS: '*' }, Action: 's3:*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  }));
  await expect(create(role([readAll]))).resolves.toBeDefined();
});

describe('the object of a file', () => {
  test('refuses an object that does not exist', async () => {
    await expect(create(fixture.roleArn, { bucket: 'bucket', key: 'other' })).rejects.toMatchObject(invalid('There is no object s3://bucket/other'));
  });

  test('refuses a version that does not exist', async () => {
    await expect(create(fixture.roleArn, { bucket: 'bucket', key: 'file', version: 'v9' }))
      .rejects.toMatchObject(invalid('There is no version v9 of object s3://bucket/file'));
  });

  test('refuses an empty version ID', async () => {
    await expect(create(fixture.roleArn, { bucket: 'bucket', key: 'file', version: '' }))
      .rejects.toMatchObject(invalid('There is no version  of object s3://bucket/file'));
  });

  test('accepts an object of 24 MiB and refuses a larger one', async () => {
    const limit = 24 * 1024 * 1024;
    fixture.objects.put('bucket', 'largest', Buffer.alloc(limit));
    fixture.objects.put('bucket', 'larger', Buffer.alloc(limit + 1));
    await expect(create(fixture.roleArn, { bucket: 'bucket', key: 'larger' }))
      .rejects.toMatchObject(invalid('File 0 has 25165825 bytes, more than the 25165824 that a file of a stream may have'));
    await expect(create(fixture.roleArn, { bucket: 'bucket', key: 'largest' })).resolves.toBeDefined();
  });

  test('UpdateStream checks the objects before it changes the stream', async () => {
    await create(fixture.roleArn);
    const update = fixture.client().send(new UpdateStreamCommand({
      streamId: 's', description: 'new', files: [{ fileId: 0, s3Location: { bucket: 'bucket', key: 'other' } }],
    }));
    await expect(update).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect(fixture.service.store.find('s')).toMatchObject({ streamVersion: 1, files: [{ key: 'file' }] });
    expect(fixture.service.store.find('s')?.description).toBeUndefined();
  });
});

test('the greatest size of a file can be configured', async () => {
  await fixture.stop();
  fixture = await startFixture({ maxFileSize: 2 });
  await expect(create(fixture.roleArn)).rejects.toMatchObject(invalid('File 0 has 3 bytes, more than the 2 that a file of a stream may have'));
});
