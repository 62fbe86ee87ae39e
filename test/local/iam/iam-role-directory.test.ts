import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { IAMClient } from '@aws-sdk/client-iam';
import { contentOf } from '../../../local/aws-proxy/gateway';
import { IamRoleDirectory } from '../../../local/iam/iam-role-directory';
import { parsePolicy } from '../../../local/iam/policy-document';
import { close, listen } from '../../../local/listening';

const roleArn = 'arn:aws:iam::000000000000:role/path/Reader';
const boundaryArn = 'arn:aws:iam::000000000000:policy/Boundary';

let server: Server;
let client: IAMClient;
let directory: IamRoleDirectory;
let answers: Record<string, string | undefined>;

function json(action: string): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
}

function encoded(action: string): string {
  return encodeURIComponent(json(action));
}

function roleXml(boundary = ''): string {
  return `<Role><Path>/path/</Path><RoleName>Reader</RoleName><RoleId>A</RoleId><Arn>${roleArn}</Arn><CreateDate>2026-11-21T12:00:00Z</CreateDate>`
    + `<AssumeRolePolicyDocument>${encoded('sts:AssumeRole')}</AssumeRolePolicyDocument>${boundary}</Role>`;
}

beforeEach(async () => {
  answers = {
    GetRole: roleXml(),
    ListRolePolicies: '<PolicyNames><member>one</member><member>two</member></PolicyNames><IsTruncated>false</IsTruncated>',
    ListAttachedRolePolicies: '<AttachedPolicies/><IsTruncated>false</IsTruncated>',
  };
  server = createServer((request, response) => {
    void contentOf(request).then((body) => {
      const form = new URLSearchParams(body.toString());
      const action = form.get('Action')!;
      const names = [form.get('PolicyName'), form.get('PolicyArn'), form.get('Marker')].filter((name) => name !== null);
      const answer = answers[[action, ...names].join(' ')];
      if (answer === undefined) {
        return response.writeHead(404).end('<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>');
      }
      return response.writeHead(200, { 'content-type': 'text/xml' })
        .end(`<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${answer}</${action}Result></${action}Response>`);
    });
  });
  const endpoint = await listen(server);
  client = new IAMClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  directory = new IamRoleDirectory(client);
  for (const name of ['one', 'two']) answers[`GetRolePolicy ${name}`] = `<PolicyDocument>${encoded(`s3:${name}`)}</PolicyDocument>`;
});

afterEach(async () => {
  client.destroy();
  await close(server);
});

function managed(arn: string, action: string): void {
  answers[`GetPolicy ${arn}`] = `<Policy><Arn>${arn}</Arn><DefaultVersionId>v2</DefaultVersionId></Policy>`;
  answers[`GetPolicyVersion ${arn}`] = `<PolicyVersion><Document>${encoded(action)}</Document></PolicyVersion>`;
}

test('returns a role with its inline and attached policies', async () => {
  const attached = 'arn:aws:iam::aws:policy/Attached';
  answers.ListAttachedRolePolicies = `<AttachedPolicies><member><PolicyName>Attached</PolicyName><PolicyArn>${attached}</PolicyArn></member></AttachedPolicies>`;
  managed(attached, 's3:three');
  expect(await directory.find(roleArn)).toEqual({
    roleArn,
    trustPolicy: parsePolicy(json('sts:AssumeRole')),
    identityPolicies: ['s3:one', 's3:two', 's3:three'].map((action) => parsePolicy(json(action))),
  });
});

test('returns a role with its permissions boundary', async () => {
  answers.GetRole = roleXml(`<PermissionsBoundary><PermissionsBoundaryArn>${boundaryArn}</PermissionsBoundaryArn></PermissionsBoundary>`);
  managed(boundaryArn, 's3:*');
  expect((await directory.find(roleArn))?.permissionsBoundary).toEqual(parsePolicy(json('s3:*')));
});

test('reads every page of long lists', async () => {
  answers.ListRolePolicies = '<PolicyNames><member>one</member></PolicyNames><IsTruncated>true</IsTruncated><Marker>m</Marker>';
  answers['ListRolePolicies m'] = '<PolicyNames><member>two</member></PolicyNames><IsTruncated>false</IsTruncated>';
  expect((await directory.find(roleArn))?.identityPolicies).toHaveLength(2);
});

test('returns undefined for a role with another path, a missing role, and a role deleted during the read', async () => {
  expect(await directory.find('arn:aws:iam::000000000000:role/Reader')).toBeUndefined();
  delete answers['GetRolePolicy two'];
  expect(await directory.find(roleArn)).toBeUndefined();
  delete answers.GetRole;
  expect(await directory.find(roleArn)).toBeUndefined();
});
