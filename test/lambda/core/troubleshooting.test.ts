import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';

/*
 * Compares the table of docs/troubleshooting.md with the messages in the sources of the handler, in both directions.
 * A variable part of a message is written as '…' in both.
 */

const root = join(__dirname, '..', '..', '..');
const HOLE = '…';
/** A message of CloudFormation itself. */
const NOT_OURS = ['CloudFormation did not receive a response'];
/** Texts of log lines, and the common beginnings and endings of messages. */
const NO_ERRORS = [/^(left alone|kept): /, /^failed to /, /^the service answered status /, /^ \(log stream: /];
/** The files that contain names of calls instead of messages. */
const CALLS = ['iot.ts', 'kinesis-video.ts', 's3.ts', 'credentials.ts'];

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('');
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) return joined([node.left, node.right], '');
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)
    && ts.isArrayLiteralExpression(node.expression.expression)) {
    return joined(node.expression.expression.elements, ' ');
  }
  return undefined;
}

function joined(nodes: readonly ts.Node[], separator: string): string | undefined {
  const texts = nodes.map(textOf);
  return texts.some((text) => text !== undefined) ? texts.map((text) => text ?? HOLE).join(separator) : undefined;
}

function textsIn(node: ts.Node): string[] {
  const text = textOf(node);
  if (text !== undefined) return [text];
  const found: string[] = [];
  ts.forEachChild(node, (child) => { found.push(...textsIn(child)); });
  return found;
}

const words = (text: string) => text.split(' ').filter((word) => /\w/.test(word)).length;
/** The literal parts of a message, without the quotes around its variable parts. */
const parts = (text: string) => text.split(HOLE).map((part) => part.replace(/^[' ,:]+|[' ,:]+$/g, '')).filter((part) => words(part) > 1);
const pattern = (text: string) => new RegExp(text.split(HOLE).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'));

const lambda = join(root, 'lambda');
const messages = readdirSync(lambda, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !CALLS.includes(basename(name)))
  .flatMap((name) => textsIn(ts.createSourceFile(name, readFileSync(join(lambda, name), 'utf8'), ts.ScriptTarget.ES2022, true)))
  .filter((text) => words(text) > 2 && !NO_ERRORS.some((none) => none.test(text)));

const [, section] = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8').split(/^## (?=Errors of a deployment$)/m);
const [errors] = section.split(/^## /m);
const rows = errors.split('\n').filter((line) => /^\| (?!message |---)/.test(line)).map((row) => row.split('|').map((cell) => cell.trim()));
const documented = rows.flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text)).filter((text) => !NOT_OURS.includes(text));

test('the handler has messages, and docs/troubleshooting.md has rows', () => {
  expect(messages.length).toBeGreaterThan(15);
  expect(documented.length).toBeGreaterThan(15);
});

/** Whether one text contains the other, or three or more words of it in a row: some messages are joined from several parts. */
const share = (one: string, other: string) => pattern(one).test(other)
  || parts(one).some(
    (part) => words(part) > 2 && other.includes(part),
  ) || parts(other).some((part) => words(part) > 2 && one.includes(part));

test.each(messages)('docs/troubleshooting.md explains the message: %s', (message) => {
  expect(documented.filter((text) => share(text, message))).not.toEqual([]);
});

test.each(documented)('the handler contains the message that docs/troubleshooting.md explains: %s', (text) => {
  expect(messages.filter((message) => share(text, message))).not.toEqual([]);
});

test('every row of docs/troubleshooting.md has a cause and a remedy', () => {
  expect(rows.filter((cells) => cells.length !== 4 || words(cells[2]) < 3)).toEqual([]);
});
