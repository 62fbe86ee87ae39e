import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/* The samples of README and of the reference are compiled by `npm run samples`; those of the other pages are compiled here. */

const root = resolve(__dirname, '..', '..');
const pages = readdirSync(join(root, 'docs')).filter((name) => /^[a-z-]+\.md$/.test(name)).map((name) => join('docs', name));
const [before, after] = readFileSync(join(root, 'rosetta', 'default.ts-fixture'), 'utf8').split('/// here');

interface Sample {
  /** The page and the line of the sample, for errors. */
  readonly place: string;
  readonly source: string;
}

function samplesOf(page: string): Sample[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(({ 1: code, index }) => ({
    place: `${page}:${text.slice(0, index).split('\n').length}`,
    // a sample with imports is complete
    source: code.startsWith('import ') ? code : `${before}${code}${after}`,
  }));
}

/** Compiles all samples together, so that the types of the CDK are read once. */
function complaints(samples: readonly Sample[]): string[] {
  const files = new Map(samples.map((sample, index) => [join(root, 'test', 'docs', `sample-${index}.ts`), sample]));
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    types: ['node'],
    paths: { 'cdk-iot-streams': [join(root, 'src', 'index.ts')] },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name)?.source ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const sample = files.get(name);
    return sample ? ts.createSourceFile(name, sample.source, version) : getSourceFile(name, version, ...rest);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files].flatMap(([name, { place }]) => ts.getPreEmitDiagnostics(program, program.getSourceFile(name))
    .map(({ messageText }) => `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`));
}

const samples = pages.flatMap(samplesOf);

test('the samples in docs compile, and the test would report one that does not', () => {
  const broken: Sample = { place: 'broken', source: `${before}firmware.nothing();${after}` };
  expect(samples.length).toBeGreaterThan(0);
  expect(complaints([...samples, broken])).toEqual(["broken: Property 'nothing' does not exist on type 'IotFileStream'."]);
}, 120_000);
