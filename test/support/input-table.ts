import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Stack } from 'aws-cdk-lib';
import { CfnParameter, Lazy, Token } from 'aws-cdk-lib';
import * as ts from 'typescript';
import { testStack } from './app';

/*
 * Bad input for public properties and parameters, as callers without a compiler may give it, for example in JavaScript or
 * Python. The names are read from the sources: the first test fails if a property is missing in the table of its construct.
 */

/** A kind of property: its rule, and which of the values below it refuses. */
export interface Kind {
  readonly rule: string;
  readonly refused: readonly Value[];
  /** The end of the error, which says what to give instead. */
  readonly remedy?: string;
  /** The end of the error about a token if a literal is needed. */
  readonly tokenRemedy?: string;
}

const VALUES = {
  nothing: [() => undefined, 'nothing'],
  null: [() => null, 'nothing'],
  text: [() => 'false', "'false'"],
  empty: [() => '', "''"],
  number: [() => 1.5, '1.5'],
  boolean: [() => true, 'true'],
  function: [() => () => 'a', 'a function'],
  object: [() => ({ a: 1 }), 'an object'],
  list: [() => ['a'], 'a list'],
  emptyList: [() => [], 'an empty list'],
  token: [() => Lazy.string({ produce: () => 'a' }), 'a token'],
  numberToken: [() => Lazy.number({ produce: () => 1 }), 'a token'],
  listToken: [(stack) => new CfnParameter(stack, 'List', { type: 'CommaDelimitedList' }).valueAsList, 'a list token'],
} satisfies Record<string, readonly [(stack: Stack) => unknown, string]>;
type Value = keyof typeof VALUES;

export const others = (...taken: Value[]) => (Object.keys(VALUES) as Value[]).filter((value) => !taken.includes(value));
export const optional = (kind: Kind): Kind => ({ ...kind, refused: kind.refused.filter((value) => value !== 'nothing' && value !== 'null') });
export const literalText = (tokenRemedy: string): Kind => ({ rule: 'a literal string', refused: others('text', 'empty'), tokenRemedy });

export const TEXT: Kind = { rule: 'a string', refused: others('text', 'empty', 'token', 'numberToken') };
export const BOOLEAN: Kind = { rule: 'true or false', refused: others('boolean') };
export const SCOPE: Kind = { rule: 'a construct', refused: others(), remedy: 'a stack is one' };
export const GRANTEE: Kind = { rule: 'a grantee', refused: others(), remedy: 'a role, a user or a function is one' };
export const IAM_ACTIONS: Kind = { rule: 'a list of IAM actions', refused: others('list') };
export const ROLE: Kind = { rule: 'an IAM role', refused: others(), remedy: 'iam.Role.fromRoleName makes one of a name' };
export const KEY: Kind = { rule: 'a KMS key', refused: others(), remedy: 'kms.Key.fromKeyArn makes one of an ARN' };
export const DURATION: Kind = { rule: 'a Duration', refused: others(), remedy: 'Duration.hours(1) is one' };
export const REMOVAL_POLICY: Kind = optional({
  rule: 'one of RemovalPolicy.DESTROY, RemovalPolicy.RETAIN, RemovalPolicy.SNAPSHOT, RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE', refused: others(),
});
export const OPTIONS: Kind = optional({ rule: 'an object', refused: others('object') });

/** Sets the property or parameter to a value. */
export type Attempt = (stack: Stack, value: any) => unknown;

/** Says that an empty text is accepted. */
export const LEGAL = Symbol('legal');
/** The error of the constructs library about an empty construct ID. */
export const EMPTY_ID = 'Only root constructs may have an empty ID';

/** By property or parameter: its kind, how to set it, and for texts the error about an empty one. Options are listed by property. */
export type Table = Readonly<Record<string, readonly [Kind, Attempt, (string | typeof LEGAL)?]>>;

/** `withoutRule` lists parameters that accept any value, and properties of return values. */
export function checkTable(construct: string, table: Table, withoutRule: readonly string[]): void {
  test('every public property and parameter is in the table', () => {
    expect(publicNames(construct).sort()).toEqual([...Object.keys(table), ...withoutRule].sort());
  });

  const refused = Object.entries(table)
    .flatMap(([name, [kind, attempt]]) => kind.refused.map((value) => [name, value, kind, attempt] as const));
  test.each(refused)('%s refuses %s', (name, value, kind, attempt) => {
    const stack = testStack();
    const property = /\w+(?=\)?$)/.exec(name)![0];
    const [make, shown] = VALUES[value];
    const given = make(stack);
    const isToken = kind.tokenRemedy !== undefined && Token.isUnresolved(given);
    const remedy = isToken ? kind.tokenRemedy : kind.remedy;
    expect(() => attempt(stack, given)).toThrow(new Error(`'${property}' must be ${kind.rule}, got: ${shown}${remedy ? `; ${remedy}` : ''}`));
  });

  const texts = Object.entries(table).filter(([, [kind]]) => !kind.refused.includes('empty'));
  test.each(texts.map(([name, [, attempt, empty]]) => [name, attempt, empty] as const))('%s accepts an empty text or says what is wrong with it', (_name, attempt, empty) => {
    const stack = testStack();
    const synthesise = () => {
      attempt(stack, '');
      (stack.node.root as App).synth();
    };
    if (empty === LEGAL) expect(synthesise).not.toThrow();
    else expect(synthesise).toThrow(empty ?? new Error(`the table must say what an empty text is, got: ${_name}`));
  });
}

/** The names of everything that a construct's folder exports: `Interface.property` and `Class.method(parameter)`. */
function publicNames(construct: string): string[] {
  const sources = join(__dirname, '..', '..', 'src', construct);
  return readdirSync(sources).filter((name) => name.endsWith('.ts')).flatMap((name) => {
    const source = ts.createSourceFile(name, readFileSync(join(sources, name), 'utf8'), ts.ScriptTarget.ES2022, true);
    return source.statements.filter(isPublic).flatMap((statement) => {
      if (ts.isInterfaceDeclaration(statement) && !/^I[A-Z][a-z]/.test(statement.name.text)) {
        return statement.members.map((member) => `${statement.name.text}.${member.name!.getText()}`);
      }
      return ts.isClassDeclaration(statement) ? statement.members.filter(isPublic).flatMap((member) => {
        const isCall = ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member);
        const memberName = ts.isConstructorDeclaration(member) ? 'constructor' : member.name?.getText();
        return isCall ? member.parameters.map((parameter) => `${statement.name!.text}.${memberName}(${parameter.name.getText()})`) : [];
      }) : [];
    });
  });
}

function isPublic(node: ts.Node): boolean {
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  const isHidden = modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword);
  const isInternal = /@internal/.test(ts.getJSDocCommentsAndTags(node).map((comment) => comment.getText()).join());
  return !isHidden && !isInternal && (!ts.isSourceFile(node.parent) || modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword));
}
