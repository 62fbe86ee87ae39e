import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A test or a group of tests whose title names failure modes. */
export interface NumberedTitle {
  readonly numbers: readonly number[];
  /** The titles of the surrounding groups and of the test, as in a test report. */
  readonly path: readonly string[];
}

const TEST_FUNCTIONS = ['describe', 'test', 'it'];
/** Matches numbers at the beginning of a title, as in 'F11, F50: …'. */
const NUMBERED = /^F\d+\b.*: /;

/** Returns the titles in a file that begin with a failure mode: of tests, of groups, and in the rows of tables. */
export function numberedTitles(file: string): NumberedTitle[] {
  return titlesIn(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022), []);
}

function titlesIn(node: ts.Node, groups: readonly string[]): NumberedTitle[] {
  if (ts.isStringLiteralLike(node) && NUMBERED.test(node.text)) return [{ numbers: numbersIn(node.text), path: [...groups, node.text] }];
  const title = titleOf(node);
  const found: NumberedTitle[] = [];
  ts.forEachChild(node, (child) => {
    const isInside = title !== undefined && (ts.isArrowFunction(child) || ts.isFunctionExpression(child));
    found.push(...titlesIn(child, isInside ? [...groups, title] : groups));
  });
  return found;
}

function titleOf(node: ts.Node): string | undefined {
  if (!ts.isCallExpression(node) || !TEST_FUNCTIONS.includes(nameOf(node.expression))) return undefined;
  const [title] = node.arguments;
  return title && ts.isStringLiteralLike(title) ? title.text : undefined;
}

/** Returns the first name in a call, such as 'test' in `test.each(rows)`. */
function nameOf(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  return ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee) ? nameOf(callee.expression) : '';
}

function numbersIn(title: string): number[] {
  return [...title.matchAll(/\bF(\d+)\b/g)].map(([, number]) => Number(number));
}
