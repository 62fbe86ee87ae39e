import { attributeOf } from './written-values';

/*
 * How long a value can become that a deployment resolves. Limits must hold for the longest thing that a token can stand for.
 */

/** Characters, by expression; every other expression counts as `UNKNOWN_LENGTH`. */
const LONGEST: Readonly<Record<string, number>> = {
  '{"Ref":"AWS::Partition"}': 'aws-us-gov'.length,
  '{"Ref":"AWS::Region"}': 'ap-southeast-1'.length,
  '{"Ref":"AWS::AccountId"}': 12,
  '{"Fn::Select":[2,{"Fn::Split":["/",{"Ref":"AWS::StackId"}]}]}': 36,
};
const UNKNOWN_LENGTH = 128;
const BUCKET_NAME_LENGTH = 63;

/** The resources of a template, by logical id. */
export type TemplateResources = Readonly<Record<string, { readonly Type: string; readonly Properties?: any }>>;

/** Returns a resolved value with everything that a deployment resolves replaced by something of the greatest length. */
export function longest(value: any, resources: TemplateResources = {}): any {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => longest(item, resources));
  const [name, ...others] = Object.keys(value);
  if (others.length > 0 || !/^(Ref$|Fn::)/.test(name)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, longest(item, resources)]));
  }
  const argument = value[name];
  if (name === 'Fn::Join' && Array.isArray(argument?.[1])) return longest(argument[1], resources).join(argument[0]);
  if (name === 'Fn::Sub' && typeof argument === 'string') {
    return argument.replace(/\$\{([^!}]+)\}/g, (_expression, reference) => longest({ Ref: reference }, resources));
  }
  return 'x'.repeat(LONGEST[JSON.stringify(value)] ?? lengthOfReference(name, argument, resources));
}

function lengthOfReference(name: string, argument: any, resources: TemplateResources): number {
  const referred = name === 'Ref' ? { id: argument, name: '' } : attributeOf(argument);
  if (!referred || resources[referred.id]?.Type !== 'AWS::S3::Bucket') return UNKNOWN_LENGTH;
  return referred.name === 'Arn' ? 'arn:aws-us-gov:s3:::'.length + BUCKET_NAME_LENGTH : BUCKET_NAME_LENGTH;
}
