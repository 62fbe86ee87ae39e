import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateStreamCommand, DescribeStreamCommand, KinesisVideoClient } from '@aws-sdk/client-kinesis-video';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { handler } from '../../../lambda/index';
import type { LocalAws } from '../../../local/local-aws';
import { startLocalAws } from '../../../local/local-aws';
import { VERSION_RESOURCE_TYPE } from '../../../src/kinesis-video/private/contract';
import type { Endpoint } from '../support/endpoint';
import { startEndpoint } from '../support/endpoint';
import { withEnvironment } from '../support/environment';
import { requestId, STACK } from '../support/events';

let aws: LocalAws;
let endpoint: Endpoint;
let restore: () => void;

beforeAll(async () => {
  aws = await startLocalAws();
  endpoint = await startEndpoint();
  restore = withEnvironment({
    AWS_ENDPOINT_URL: aws.proxy.url,
    AWS_ENDPOINT_URL_KINESIS_VIDEO: aws.endpoints.kinesisVideo,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
}, 120_000);

afterAll(async () => {
  restore();
  await endpoint.stop();
  await aws.stop();
});

test('the handler returns the version of a video stream with a role that may only describe this stream', async () => {
  const video = new KinesisVideoClient({ ...aws.clientConfiguration, endpoint: aws.endpoints.kinesisVideo });
  const { StreamARN } = await video.send(new CreateStreamCommand({ StreamName: 'door', MediaType: 'video/h264' }));
  const iam = new IAMClient(aws.clientConfiguration);
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  await iam.send(new CreateRoleCommand({
    RoleName: 'Lookup', AssumeRolePolicyDocument: document({ Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' }),
  }));
  await iam.send(new PutRolePolicyCommand({
    RoleName: 'Lookup', PolicyName: 'Stream', PolicyDocument: document({ Action: 'kinesisvideo:DescribeStream', Resource: StreamARN }),
  }));
  const event = {
    RequestType: 'Create',
    ResourceType: VERSION_RESOURCE_TYPE,
    LogicalResourceId: 'DoorVersion',
    StackId: STACK,
    RequestId: requestId(1),
    ServiceToken: '',
    ResponseURL: `${endpoint.url}/answer?X-Amz-Signature=5ecre7`,
    ResourceProperties: {
      ServiceToken: '', ManagementRoleArn: 'arn:aws:iam::000000000000:role/Lookup', StreamArn: StreamARN, Stream: { MediaType: 'video/h264' },
    },
  } as unknown as CloudFormationCustomResourceEvent;
  await handler(event, { getRemainingTimeInMillis: () => 300_000 } as unknown as Context);
  const { StreamInfo } = await video.send(new DescribeStreamCommand({ StreamName: 'door' }));
  expect(JSON.parse(endpoint.received[0].body)).toMatchObject({
    Status: 'SUCCESS', PhysicalResourceId: StreamARN, Data: { StreamVersion: StreamInfo!.Version },
  });
  expect(aws.kinesisVideo.calls.map(({ operation, principal }) => [operation, principal])).toContainEqual(
    ['DescribeStream', 'arn:aws:iam::000000000000:role/Lookup']);
  video.destroy();
  iam.destroy();
});
