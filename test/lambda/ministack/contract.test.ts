import { CreateBucketCommand, DeleteObjectCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { streamService } from '../../../lambda/iot-file-stream/iot';
import { objectStore } from '../../../lambda/iot-file-stream/s3';
import { clientConfiguration } from '../../../local/ministack/client-configuration';
import { startMiniStack } from '../../../local/ministack/ministack';
import { REGION } from '../../local/iot-streams/in-memory';
import { startFixture } from '../../local/iot-streams/service-fixture';
import { testObjectStore } from '../iot-file-stream/contract/object-store';
import { testStreamService } from '../iot-file-stream/contract/stream-service';
import { STACK } from '../support/events';
import { captureLog } from '../support/log-lines';

const subject = { stack: STACK, logicalId: 'Firmware1A2B', streamId: 'Firmware' };
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
captureLog();

describe('the local streams service', () => testStreamService(async () => {
  const fixture = await startFixture();
  const options = {
    endpoint: fixture.service.url,
    region: REGION,
    maxAttempts: 1,
    requestHandler,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test', sessionToken: 'test' },
  };
  const [{ fileId, s3Location: { bucket, key, version } }] = fixture.files;
  return {
    streams: streamService(options, subject, new AbortController().signal),
    roleArn: fixture.roleArn,
    file: { fileId, bucket, key, version: version! },
    stop: async () => fixture.stop(),
  };
}));

describe('the local S3', () => testObjectStore(async () => {
  const miniStack = await startMiniStack();
  const configuration = clientConfiguration(miniStack);
  const client = new S3Client(configuration);
  const options = {
    ...configuration,
    credentials: { ...configuration.credentials, sessionToken: '' },
    maxAttempts: 1,
    requestHandler: { ...configuration.requestHandler, ...requestHandler },
  };
  return {
    objects: objectStore(options, subject, new AbortController().signal),
    makeBucket: async (name, isVersioned) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
      if (isVersioned) await client.send(new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }));
    },
    put: async (bucket, key, text) => {
      const { VersionId } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
      return VersionId!;
    },
    hide: async (bucket, key) => { await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })); },
    stop: async () => {
      client.destroy();
      await miniStack.stop();
    },
  };
}));
