import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mavenOptions, only, packaged, pythonEnvironment } from './packages';

/*
 * Installs each package of dist/ in an empty folder, as a user would, and runs the app and the tests of its language and the
 * smallest app. `npx tsx scripts/test-bindings.ts go java` runs some languages; `--update-golden` writes the template that all
 * languages must give.
 */

const root = join(__dirname, '..');
const reports = join(root, 'test-reports');
const shared = join(root, 'test', 'bindings', 'shared');

/** The separate folder of a language. */
interface LanguageFolder {
  readonly folder: string;
  run(command: string, ...args: string[]): void;
  report(...path: string[]): void;
}

const languages: Readonly<Record<string, (at: LanguageFolder) => void>> = {
  typescript(at) {
    cpSync(only(packaged('js'), '.tgz'), join(at.folder, 'cdk-iot-streams.tgz'));
    at.run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error');
    at.run('npx', 'tsc', '-p', '.');
    if (process.argv.includes('--update-golden')) updateGolden(at);
    at.run('npx', 'jest');
    at.report('reports', 'junit.xml');
  },
  python(at) {
    const { python, commands } = pythonEnvironment(at.folder);
    for (const command of commands) at.run(...command);
    at.run(python, '-m', 'pytest', '-q', '--junitxml=junit.xml');
    at.report('junit.xml');
  },
  java(at) {
    at.run('mvn', ...mavenOptions(), 'test');
    at.report('target', 'surefire-reports', 'TEST-io.github.cdkiotstreams.bindings.BindingsTest.xml');
  },
  go(at) {
    cpSync(packaged('go', 'cdkiotstreams'), join(at.folder, 'cdkiotstreams'), { recursive: true });
    at.run('go', 'tool', 'gotestsum', '--junitfile', 'junit.xml', '--', '-count=1', '.');
    at.report('junit.xml');
  },
};

/** The source of the smallest app, and its file in the folder of the language. */
const samples: Readonly<Record<string, readonly [from: string, to: string]>> = {
  typescript: ['README.md', 'smallest.ts'],
  python: ['examples/firmware/app.py', 'smallest.py'],
  java: ['examples/firmware/Main.java', 'src/main/java/Main.java'],
  go: ['examples/firmware/main.go', 'smallest/main.go'],
};

const asked = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const failed = (asked.length > 0 ? asked : Object.keys(languages)).filter((language) => !succeeds(language));
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function succeeds(language: string): boolean {
  const start = Date.now();
  const folder = mkdtempSync(join(tmpdir(), `bindings-${language}-`));
  try {
    cpSync(join(root, 'test', 'bindings', language), folder, { recursive: true });
    cpSync(shared, join(folder, 'shared'), { recursive: true });
    writeSample(language, folder);
    languages[language](languageFolder(language, folder));
    return true;
  } catch (error) {
    console.error((error as Error).message);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    console.log(`== ${language}: ${Math.round((Date.now() - start) / 1000)} s`);
  }
}

function writeSample(language: string, folder: string): void {
  const [from, to] = samples[language];
  const text = readFileSync(join(root, from), 'utf8');
  mkdirSync(dirname(join(folder, to)), { recursive: true });
  writeFileSync(join(folder, to), from === 'README.md' ? completeApp(text) : text);
  // the file that the app deploys
  cpSync(join(shared, 'app.bin'), join(folder, 'build', 'app.bin'));
}

function completeApp(readme: string): string {
  const found = [...readme.matchAll(/^```ts nofixture\n(.*?)^```$/gms)];
  if (found.length !== 1) throw new Error(`README.md must have one complete app, a block 'ts nofixture', got: ${found.length}`);
  return found[0][1];
}

function languageFolder(language: string, folder: string): LanguageFolder {
  return {
    folder,
    run: (command, ...args) => { execFileSync(command, args, { cwd: folder, stdio: 'inherit', env: environment() }); },
    report(...path) {
      mkdirSync(reports, { recursive: true });
      cpSync(join(folder, ...path), join(reports, `bindings-${language}.xml`));
    },
  };
}

/** The environment without npm's variables about this project and without jsii's warnings about versions of Node.js. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
  };
}

function updateGolden(at: LanguageFolder): void {
  at.run('node', 'app.js', 'golden');
  for (const folder of [shared, join(at.folder, 'shared')]) cpSync(join(at.folder, 'golden', 'Bindings.template.json'), join(folder, 'golden.template.json'));
}
