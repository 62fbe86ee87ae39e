import { Stack } from 'aws-cdk-lib';
import { STREAM_RESOURCE_TYPE } from './contract';

/*
 * Limits on what a stack amounts to as a whole, computed from its template as it is rendered. What a deployment resolves
 * counts as the longest thing that it can stand for.
 */

/** Of all inline policies of a role together: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAXIMUM_POLICY_CHARACTERS = 10_240;
/** What Lambda takes asynchronously in every region; since October 2025 it is 1 MB in most. */
const MAXIMUM_EVENT_BYTES = 256 * 1024;
/** For ids, addresses and names around the properties of a custom resource's event. */
const EVENT_ENVELOPE_BYTES = 4096;
const MAXIMUM_TEXT_BYTES = 64 * 1024;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAXIMUM_TEMPLATE_BYTES = 1_000_000;

/** Characters, by expression; every other expression counts as `UNKNOWN_LENGTH`. */
const LONGEST: Readonly<Record<string, number>> = {
  '{"Ref":"AWS::Partition"}': 'aws-us-gov'.length,
  '{"Ref":"AWS::Region"}': 'ap-southeast-1'.length,
  '{"Ref":"AWS::AccountId"}': 12,
  '{"Fn::Select":[2,{"Fn::Split":["/",{"Ref":"AWS::StackId"}]}]}': 36,
};
const UNKNOWN_LENGTH = 128;
const BUCKET_NAME_LENGTH = 63;

/** What a stack does not show, and the only way to see the whole as it will be written. */
interface RenderedStack {
  readonly _suppressTemplateIndentation: boolean;
  _toCloudFormation(): Template;
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: any }>>;
}

/** Says which limits the stack's streams exceed. */
export function exceededLimits(stack: Stack): string[] {
  const rendered = stack as unknown as RenderedStack;
  const template = rendered._toCloudFormation();
  const rendering = new Rendering(template);
  const streams = Object.values(template.Resources).filter(({ Type }) => Type === STREAM_RESOURCE_TYPE).map(({ Properties }) => Properties);
  const roles = new Map(streams.flatMap(({ ManagementRoleArn, RoleArn }) => [ManagementRoleArn, RoleArn]).map((arn) => [JSON.stringify(arn), arn]));
  return [
    ...streams.flatMap((properties) => rendering.exceededByStream(properties)),
    ...[...roles.values()].flatMap((arn) => rendering.exceededByRole(arn)),
    ...atMost(MAXIMUM_TEMPLATE_BYTES, 'bytes', bytes(JSON.stringify(template, undefined, rendered._suppressTemplateIndentation ? 0 : 1)),
      `the template of stack '${stack.node.path}'`, 'set \'suppressTemplateIndentation\' of the stack, or put some of its streams into another one'),
  ];
}

/** A value as long as it can become, where no resource of the stack is known. */
export function longest(value: unknown): any {
  return new Rendering({ Resources: {} }).longest(value);
}

class Rendering {
  constructor(private readonly template: Template) {}

  exceededByStream(properties: any): string[] {
    const files = Object.values<any>(properties.Files);
    const empty = files.filter(({ Text, SourceBucket }) => !Text && !SourceBucket).map(({ FileName }) =>
      `file '${FileName}' of stream '${properties.StreamId}' must have a content, got: none; a device cannot ask for a block of an empty file`);
    const texts = files.map(({ Text = '' }) => bytes(this.longest(Text)));
    const event = EVENT_ENVELOPE_BYTES + 2 * bytes(JSON.stringify(this.longest(properties)));
    return [
      ...empty,
      ...atMost(MAXIMUM_TEXT_BYTES, 'bytes', texts.reduce((sum, size) => sum + size, 0),
        `the texts of stream '${properties.StreamId}'`, 'put the larger ones into files and use StreamFile.fromAsset'),
      ...atMost(MAXIMUM_EVENT_BYTES, 'bytes', event, `an update of stream '${properties.StreamId}', with old and new properties,`,
        'put the larger texts into files and use StreamFile.fromAsset, or make two streams of it'),
    ];
  }

  exceededByRole(arn: any): string[] {
    const id: string | undefined = arn['Fn::GetAtt']?.[0];
    const name = id ?? this.longest(arn).split('/').pop();
    const reference = JSON.stringify(id === undefined ? name : { Ref: id });
    const documents = Object.entries(this.template.Resources).flatMap(([logicalId, { Type, Properties }]) => {
      if (logicalId === id) return (Properties.Policies ?? []).map(({ PolicyDocument }: any) => PolicyDocument);
      const isAttached = Type === 'AWS::IAM::Policy' && (Properties.Roles ?? []).some((role: unknown) => JSON.stringify(role) === reference);
      return isAttached ? [Properties.PolicyDocument] : [];
    });
    const characters = documents.reduce((sum, document) => sum + JSON.stringify(this.longest(document)).length, 0);
    return atMost(MAXIMUM_POLICY_CHARACTERS, 'characters', characters, `the inline policies of role '${name}'`,
      'shorten the keys of the source objects, or divide the files among several streams');
  }

  /** The value with everything that a deployment resolves replaced by something of the greatest length. */
  longest(value: any): any {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.longest(item));
    const [name, ...others] = Object.keys(value);
    if (others.length > 0 || !/^(Ref$|Fn::)/.test(name)) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.longest(item)]));
    }
    const argument = value[name];
    if (name === 'Fn::Join' && Array.isArray(argument[1])) return this.longest(argument[1]).join(argument[0]);
    if (name === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^!}]+)\}/g, (_expression, reference) => this.longest({ Ref: reference }));
    }
    return 'x'.repeat(LONGEST[JSON.stringify(value)] ?? this.lengthOfReference(name, argument));
  }

  private lengthOfReference(name: string, argument: any): number {
    const [id, attribute] = name === 'Ref' ? [argument] : argument;
    if (this.template.Resources[id]?.Type !== 'AWS::S3::Bucket') return UNKNOWN_LENGTH;
    return attribute === 'Arn' ? 'arn:aws-us-gov:s3:::'.length + BUCKET_NAME_LENGTH : BUCKET_NAME_LENGTH;
  }
}

function atMost(maximum: number, unit: string, actual: number, subject: string, remedy: string): string[] {
  return actual > maximum ? [`${subject} must have at most ${maximum} ${unit}, got: ${actual}; ${remedy}`] : [];
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}
