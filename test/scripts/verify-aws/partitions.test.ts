import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { close, listen } from '../../../local/listening';
import { verify } from '../../../scripts/verify-aws/verify';

/*
 * An account of another partition, as far as a request shows which partition it is about: a server that takes whatever the
 * questions ask for, and writes it down.
 */

const ACCOUNT = '111122223333';
const METADATA = '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>';

interface Partition {
  readonly name: string;
  readonly region: string;
}

let server: Server;
let endpoint: string;
let requests: string[];
let partition: Partition;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = decodeURIComponent(Buffer.concat(chunks).toString().replaceAll('+', ' '));
      requests.push(`${request.method} ${decodeURIComponent(request.url!)} ${body}`);
      response.setHeader('x-amz-version-id', 'v1');
      response.end(answerTo(request.url!, body));
    });
  });
  endpoint = await listen(server);
});

afterEach(async () => close(server));

test.each<Partition>([
  { name: 'aws-cn', region: 'cn-north-1' }, { name: 'aws-us-gov', region: 'us-gov-west-1' },
])('the checklist uses only ARNs of the partition $name in an account of that partition', async (each) => {
  partition = each;
  let time = 0;
  const clock = { now: () => time, sleep: async (milliseconds: number) => { time += milliseconds; } };

  const verification = await verify({ client: { region: each.region, endpoint, credentials: { accessKeyId: 'A', secretAccessKey: 'S' } }, clock });

  expect(verification).toMatchObject({ partition: each.name, region: each.region });
  const arns = requests.flatMap((request) => request.match(/arn:[^"\s&<]*/g) ?? []);
  expect(new Set(arns.map((arn) => arn.split(':')[1]))).toStrictEqual(new Set([each.name]));
  const regions = arns.map((arn) => arn.split(':')).filter(([, , service]) => ['iot', 'kinesisvideo'].includes(service)).map((arn) => arn[3]);
  expect(new Set(regions)).toStrictEqual(new Set([each.region]));
  // none of the services that the questions are about was left out
  expect(new Set(arns.map((arn) => arn.split(':')[2]))).toStrictEqual(new Set(['cloudformation', 'iam', 'iot', 'kinesisvideo', 's3']));
});

/** What a service would say to a request that succeeds: query APIs by their action, the others by their path. */
function answerTo(path: string, body: string): string {
  const action = new URLSearchParams(body.replaceAll(' ', '+')).get('Action');
  const arn = (service: string, resource: string) => `arn:${partition.name}:${service}:${service === 'iam' ? '' : partition.region}:${ACCOUNT}:${resource}`;
  if (action !== null) {
    const result = `<Arn>${arn('iam', 'user/Operator')}</Arn><Account>${ACCOUNT}</Account><Role><Arn>${arn('iam', 'role/made')}</Arn></Role>`
      + '<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>';
    return `<${action}Response><${action}Result>${result}</${action}Result>${METADATA}</${action}Response>`;
  }
  if (path.startsWith('/createStream')) {
    return JSON.stringify({ StreamARN: arn('kinesisvideo', 'stream/made/1700000000000') });
  }
  if (path.startsWith('/describeStream')) return JSON.stringify({ StreamInfo: { Status: 'ACTIVE', Version: '1' } });
  if (path.startsWith('/streams/')) {
    return JSON.stringify({ streamArn: arn('iot', 'stream/made'), streamVersion: 1, streamInfo: { streamArn: arn('iot', 'stream/made'), streamVersion: 1 } });
  }
  return path.startsWith('/cdk') || path === '/' ? '' : '{}';
}
