import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { DescribeEndpointCommand, ListTagsForResourceCommand, ListThingsCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-iot';
import { contentOf, Gateway } from '../../../../local/aws-proxy/gateway';
import { close, listen } from '../../../../local/listening';
import type { ServiceFixture } from '../service-fixture';
import { startFixture } from '../service-fixture';

let fixture: ServiceFixture;

beforeEach(async () => {
  fixture = await startFixture();
});

afterEach(() => fixture.stop());

const authorization = 'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=0';

function raw(method: string, path: string, body?: string): Promise<Response> {
  return fetch(`${fixture.service.url}${path}`, { method, headers: { authorization }, ...(body === undefined ? {} : { body }) });
}

test('answers with JSON, a request ID, times in seconds, and the name of an error in a header', async () => {
  const created = await raw('POST', '/streams/s', JSON.stringify({ files: fixture.files, roleArn: fixture.roleArn, tags: null }));
  expect(created.status).toBe(200);
  expect(created.headers.get('content-type')).toBe('application/json');
  expect(created.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await created.json()).toEqual({ streamId: 's', streamArn: 'arn:aws:iot:us-east-1:000000000000:stream/s', streamVersion: 1 });
  const described = await (await raw('GET', '/streams/s')).json() as { streamInfo: { createdAt: number } };
  expect(described.streamInfo.createdAt).toBe(1795262400.25);
  const conflict = await raw('POST', '/streams/s', JSON.stringify({ files: fixture.files, roleArn: fixture.roleArn }));
  expect(conflict.headers.get('x-amzn-errortype')).toBe('ResourceAlreadyExistsException');
  expect(await conflict.json()).toEqual({
    message: 'Stream s already exists', resourceId: 's', resourceArn: 'arn:aws:iot:us-east-1:000000000000:stream/s',
  });
  expect(await (await raw('DELETE', '/streams/s')).json()).toEqual({});
});

test.each([
  ['POST', '/streams/s', '{', 'The body of the request is not JSON'],
  ['POST', '/streams/s', '[]', 'LIST_VALUE can not be converted to a Structure'],
  ['POST', '/streams/s', '{"files":{}}', 'OBJECT_VALUE can not be converted to a List'],
  ['POST', '/streams/s', '{"files":[null]}', 'NULL_VALUE can not be converted to a Structure'],
  ['POST', '/streams/s', '{"description":1}', 'NUMBER_VALUE can not be converted to a String'],
  ['GET', '/streams?isAscendingOrder=yes', undefined, 'STRING_VALUE can not be converted to a Boolean'],
  ['GET', '/streams/%', undefined,
    "1 validation error detected: Value '%' at 'streamId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"],
])('refuses %s %s %s: %s', async (method, path, body, message) => {
  const response = await raw(method, path, body);
  expect([response.status, response.headers.get('x-amzn-errortype'), await response.json()]).toEqual([400, 'InvalidRequestException', { message }]);
});

test.each([['GET', '/things'], ['PATCH', '/streams/s'], ['GET', '/streams/s/files'], ['PUT', '/streams']])('refuses %s %s, which is no call about streams', async (method, path) => {
  const response = await raw(method, path);
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([404, 'UnknownOperationException']);
  expect(await response.json()).toEqual({ message: `${method} ${path} is not about streams` });
});

describe('in front of a gateway', () => {
  let upstream: Server;
  let gateway: Gateway;
  let passed: { url: string; body: string }[];

  beforeEach(async () => {
    passed = [];
    upstream = createServer((request, response) => {
      void contentOf(request).then((body) => {
        passed.push({ url: request.url!, body: body.toString() });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"things":[],"tags":[]}');
      });
    });
    gateway = new Gateway(await listen(upstream));
    await fixture.stop();
    fixture = await startFixture({}, { gateway, dataEndpoint: '127.0.0.1:8883' });
  });

  afterEach(async () => {
    gateway.close();
    await close(upstream);
  });

  test('forwards every other call of AWS IoT, and the tags of other resources', async () => {
    const iot = fixture.client();
    const resourceArn = 'arn:aws:iot:us-east-1:000000000000:thing/t';
    expect((await iot.send(new ListThingsCommand({}))).things).toEqual([]);
    await iot.send(new ListTagsForResourceCommand({ resourceArn }));
    await iot.send(new TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: 'b' }] }));
    await iot.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    expect(passed.map(({ url }) => url)).toEqual(['/things', '/tags?resourceArn=arn%3Aaws%3Aiot%3Aus-east-1%3A000000000000%3Athing%2Ft', '/tags', '/untag']);
    expect(JSON.parse(passed[2].body)).toEqual({ resourceArn, tags: [{ Key: 'a', Value: 'b' }] });
    expect((await iot.send(new DescribeEndpointCommand({}))).endpointAddress).toBe('127.0.0.1:8883');
    expect(passed).toHaveLength(4);
    expect(fixture.service.calls).toEqual([]);
  });
});
