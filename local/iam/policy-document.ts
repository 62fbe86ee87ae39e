/** A parsed policy. The parser refuses everything that the evaluator does not support. */
export interface PolicyDocument {
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** Undefined in trust policies. */
  readonly resources?: readonly string[];
  /** Defined in trust policies and in policies of resources. */
  readonly principal?: Principal;
  readonly conditions: readonly Condition[];
}

/** `*` stands for everyone, as does `{ "AWS": "*" }`. */
export interface Principal {
  readonly aws: readonly string[];
  readonly services: readonly string[];
}

export type ConditionOperator = 'StringEquals' | 'StringLike' | 'ArnEquals' | 'ArnLike' | 'Bool';

export interface Condition {
  readonly operator: ConditionOperator;
  readonly key: string;
  readonly values: readonly string[];
}

/** The evaluator does not support a part of a policy. To guess its effect could make a wrong test pass. */
export class UnsupportedPolicy extends Error {
  constructor(what: string) {
    super(`the local policy evaluator does not know ${what}`);
  }
}

const operators: readonly string[] = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike', 'Bool'] satisfies ConditionOperator[];
const documentWords = ['Version', 'Id', 'Statement'];
const statementWords = ['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition'];

/**
 * Reads a policy document.
 * @throws UnsupportedPolicy
 */
export function parsePolicy(json: string): PolicyDocument {
  const document = objectOf(JSON.parse(json), 'a policy document that is not an object');
  refuseOtherWords(document, documentWords, 'policy document');
  if (document.Version !== '2012-10-17' && document.Version !== undefined && document.Version !== '2008-10-17') {
    throw new UnsupportedPolicy(`policy version ${JSON.stringify(document.Version)}`);
  }
  // the older policy language has no escapes
  if (document.Version !== '2012-10-17' && json.includes('${')) throw new UnsupportedPolicy('${…} in a policy older than version 2012-10-17');
  return { statements: [document.Statement].flat().map(statementOf) };
}

function statementOf(json: unknown): Statement {
  const statement = objectOf(json, 'a statement that is not an object');
  refuseOtherWords(statement, statementWords, 'statement');
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw new UnsupportedPolicy(`effect ${JSON.stringify(statement.Effect)}`);
  return {
    effect: statement.Effect,
    actions: stringsOf(statement.Action, 'Action'),
    ...(statement.Resource === undefined ? {} : { resources: stringsOf(statement.Resource, 'Resource') }),
    ...(statement.Principal === undefined ? {} : { principal: principalOf(statement.Principal) }),
    conditions: conditionsOf(statement.Condition ?? {}),
  };
}

function principalOf(json: unknown): Principal {
  if (json === '*') return { aws: ['*'], services: [] };
  const principal = objectOf(json, `principal ${JSON.stringify(json)}`);
  refuseOtherWords(principal, ['AWS', 'Service'], 'principal');
  return {
    aws: principal.AWS === undefined ? [] : stringsOf(principal.AWS, 'AWS'),
    services: principal.Service === undefined ? [] : stringsOf(principal.Service, 'Service'),
  };
}

function conditionsOf(json: unknown): Condition[] {
  return Object.entries(objectOf(json, 'a condition that is not an object')).flatMap(([operator, keys]) => {
    if (!isOperator(operator)) throw new UnsupportedPolicy(`condition operator '${operator}'`);
    return Object.entries(objectOf(keys, `the keys of ${operator}`)).map(([key, values]) => ({
      operator, key, values: stringsOf(values, key),
    }));
  });
}

function isOperator(word: string): word is ConditionOperator {
  return operators.includes(word);
}

function stringsOf(json: unknown, word: string): string[] {
  return [json].flat().map((item) => {
    // some tools write the value of Bool as a JSON boolean
    if (typeof item === 'boolean') return String(item);
    if (typeof item !== 'string') throw new UnsupportedPolicy(`${word} ${JSON.stringify(item) ?? 'that is absent'}`);
    return item;
  });
}

function objectOf(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new UnsupportedPolicy(what);
  return json as Record<string, unknown>;
}

function refuseOtherWords(json: Record<string, unknown>, known: readonly string[], where: string): void {
  const other = Object.keys(json).find((word) => !known.includes(word));
  if (other !== undefined) throw new UnsupportedPolicy(`'${other}' in a ${where}`);
}
