import type { StackProps } from 'aws-cdk-lib';
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as fc from 'fast-check';
import type { TemplateResource } from './scenarios';
import { resourcesOf, scenarios } from './scenarios';
import { IotFileStream, StreamFile } from '../../src';
import { testStack } from '../support/app';

/*
 * CloudFormation deletes resources in any order that the dependencies of the template permit. In every such order, the
 * resources that the Delete of a custom resource needs must still exist.
 */

type Resources = Readonly<Record<string, TemplateResource>>;

/** The ids of the resources that a value refers to. */
function references(value: unknown, resources: Resources): string[] {
  if (typeof value === 'string') return [];
  if (Array.isArray(value)) return value.flatMap((item) => references(item, resources));
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [argument];
    if (key === 'Fn::GetAtt') return [argument[0]];
    if (key === 'Fn::Sub') return [...JSON.stringify(argument).matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
    return references(argument, resources);
  });
  return found.filter((id) => id in resources);
}

function dependencies(id: string, resources: Resources): string[] {
  const { Properties, DependsOn = [] } = resources[id];
  return [...references(Properties, resources), ...[DependsOn].flat()];
}

/** The resources that the Delete of a custom resource needs: handler, log group, roles with their policies, and bucket. */
function needed(id: string, resources: Resources): string[] {
  const ids = (isMeant: (resource: TemplateResource) => boolean) => Object.keys(resources).filter((other) => isMeant(resources[other]));
  const refersTo = (targets: string[], value: unknown) => references(value, resources).some((found) => targets.includes(found));
  const { ServiceToken, ManagementRoleArn, RoleArn, Bucket, Prefix } = resources[id].Properties;
  const [handler] = references(ServiceToken, resources);
  const { Role, LoggingConfig } = resources[handler].Properties;
  const roles = references([Role, ManagementRoleArn, RoleArn], resources);
  const buckets = references(Bucket, resources);
  return [
    handler, ...roles, ...buckets,
    ...references(LoggingConfig, resources),
    ...references(buckets.map((bucket) => resources[bucket].Properties.BucketEncryption), resources),
    ...ids(({ Type, Properties }) => Type === 'AWS::Lambda::EventInvokeConfig' && refersTo([handler], Properties)),
    ...ids(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && refersTo(roles, Properties.Roles)),
    ...ids(({ Type, Properties }) => Type === 'AWS::S3::BucketPolicy' && refersTo(buckets, Properties.Bucket)),
    // the stream names objects, so it must be deleted first
    ...ids(({ Type, Properties }) => resources[id].Type === 'Custom::IotFileStream' && Type === 'Custom::IotFileStreamObjects'
      && JSON.stringify(Properties.Prefix) === JSON.stringify(Prefix)),
  ];
}

/** Returns one order that the dependencies permit; `choose` picks among the resources that can be deleted next. */
function deletion(resources: Resources, choose: (count: number) => number): string[] {
  const order: string[] = [];
  const left = new Set(Object.keys(resources));
  while (left.size > 0) {
    const used = new Set([...left].flatMap((id) => dependencies(id, resources)));
    const free = [...left].filter((id) => !used.has(id));
    const next = free[choose(free.length)];
    order.push(next);
    left.delete(next);
  }
  return order;
}

describe.each(Object.entries(scenarios).filter(([, scenario]) => scenario !== scenarios['20 streams of three files']))('%s', (_name, scenario) => {
  const stack = testStack();
  scenario(stack);
  const resources = resourcesOf(stack);
  const custom = Object.keys(resources).filter((id) => resources[id].Type.startsWith('Custom::'));

  test('F21: every Delete finds the resources that it needs in any deletion order', () => {
    expect(custom).toHaveLength(2);
    for (const id of custom) expect(needed(id, resources).length).toBeGreaterThanOrEqual(5);
    fc.assert(fc.property(fc.infiniteStream(fc.nat()), (choices) => {
      const order = deletion(resources, (count) => choices.next().value! % count);
      for (const id of custom) {
        const gone = new Set(order.slice(0, order.indexOf(id)));
        expect(needed(id, resources).filter((other) => gone.has(other))).toEqual([]);
      }
    }), { numRuns: 50 });
  });
});

describe('a bucket in another stack', () => {
  test('F21: the stack of the stream depends on the stack of the bucket', () => {
    const app = new App();
    const props: StackProps = { env: { region: 'eu-west-1', account: '111111111111' } };
    const buckets = new Stack(app, 'Buckets', props);
    const bucket = new s3.Bucket(buckets, 'Bucket', { versioned: true, removalPolicy: RemovalPolicy.DESTROY });
    const streams = new Stack(app, 'Streams', props);
    new IotFileStream(streams, 'Firmware', { bucket, files: [StreamFile.fromText('a', 'a')] });
    expect(app.synth().getStackByName('Streams').dependencies.map(({ id }) => id)).toContain('Buckets');
  });
});
