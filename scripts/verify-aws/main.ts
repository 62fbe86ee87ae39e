import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCode, problems, table } from './report';
import { QUESTIONS, verify } from './verify';

/*
 * npm run verify:aws -- [--yes] [--region REGION] [--only TEXT]
  * Tests undocumented assumptions of the library in a real account. Without '--yes' it prints the questions. With it, it
  * creates buckets, roles, streams, things and video streams whose names begin with 'cdk-iot-streams-verify-', writes the
  * answers to .local/aws-facts.md, and removes what it created. It costs almost nothing and takes about ten minutes. The exit
  * code is 1 if an assumption failed, 2 if one could not be tested.
 */

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { yes: { type: 'boolean', default: false }, region: { type: 'string' }, only: { type: 'string', default: '' } } });
  const questions = QUESTIONS.filter(({ fact }) => fact.includes(values.only));
  if (!values.yes) {
    for (const { fact, assumption } of questions) console.log(`- ${fact}; assumed: ${assumption}`);
    console.log('\nRun it again with --yes, and credentials of an account for tests, to ask.');
    return;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    console.log('what was made is removed after this question');
    interrupted.abort();
  });
  const { partition, region, rows, leftBehind } = await verify(
    { client: { region: values.region } }, questions, ({ fact, answer, verdict }) => console.log(`- ${fact}: ${answer} (${verdict})`), interrupted.signal,
  );
  const bad = problems(rows, leftBehind);
  mkdirSync('.local', { recursive: true });
  const title = `Region ${region} of partition ${partition}, ${new Date().toISOString().slice(0, 10)}`;
  writeFileSync(join('.local', 'aws-facts.md'), [title, table(rows), ...bad.map((line) => `- ${line}`)].join('\n\n').concat('\n'));
  for (const line of bad) console.error(line);
  process.exitCode = exitCode(rows, leftBehind);
}

void main();
