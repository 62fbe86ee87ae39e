import { execFileSync } from 'child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

/*
 * Takes each package in dist/ to an empty folder outside of this tree, installs it as a user would, and runs the app and
 * the tests that are written in its language. `npx tsx scripts/test-bindings.ts go java` runs some of them;
 * `--update-golden` writes the template that all languages must give.
 */

const root = join(__dirname, '..');
const reports = join(root, 'test-reports');
const shared = join(root, 'test', 'bindings', 'shared');
const packaged = (...path: string[]) => join(root, 'dist', ...path);

/** Everything of one language happens in a folder of its own. */
interface Workplace {
  readonly folder: string;
  run(command: string, ...args: string[]): void;
  report(...path: string[]): void;
}

const languages: Readonly<Record<string, (at: Workplace) => void>> = {
  typescript(at) {
    cpSync(only(packaged('js'), '.tgz'), join(at.folder, 'cdk-iot-streams.tgz'));
    at.run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error');
    at.run('npx', 'tsc', '-p', '.');
    if (process.argv.includes('--update-golden')) updateGolden(at);
    at.run('npx', 'jest');
    at.report('reports', 'junit.xml');
  },
  python(at) {
    at.run('python3', '-m', 'venv', 'environment');
    const python = join(at.folder, 'environment', 'bin', 'python');
    at.run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt', only(packaged('python'), '.whl'));
    at.run(python, '-m', 'pytest', '-q', '--junitxml=junit.xml');
    at.report('junit.xml');
  },
  java(at) {
    const cache = join(root, '.local', 'm2');
    // 0.0.0 is what is built here; Maven would go on with the one that it saw first
    rmSync(join(cache, 'io', 'github', 'cdk-iot-streams'), { recursive: true, force: true });
    at.run('mvn', '--batch-mode', '--no-transfer-progress', `-Dmaven.repo.local=${cache}`, `-Dpackages=${packaged('java')}`, 'test');
    at.report('target', 'surefire-reports', 'TEST-io.github.cdkiotstreams.bindings.BindingsTest.xml');
  },
  go(at) {
    cpSync(packaged('go', 'cdkiotstreams'), join(at.folder, 'cdkiotstreams'), { recursive: true });
    at.run('go', 'tool', 'gotestsum', '--junitfile', 'junit.xml', '--', '-count=1', '.');
    at.report('junit.xml');
  },
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
    languages[language](workplace(language, folder));
    return true;
  } catch (error) {
    console.error((error as Error).message);
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    console.log(`== ${language}: ${Math.round((Date.now() - start) / 1000)} s`);
  }
}

function workplace(language: string, folder: string): Workplace {
  return {
    folder,
    run: (command, ...args) => { execFileSync(command, args, { cwd: folder, stdio: 'inherit', env: environment() }); },
    report(...path) {
      mkdirSync(reports, { recursive: true });
      cpSync(join(folder, ...path), join(reports, `bindings-${language}.xml`));
    },
  };
}

/** Without what npm tells a script about this project, and without jsii's remarks on versions of Node.js. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$)/.test(name));
  return {
    ...Object.fromEntries(inherited),
    JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20',
    JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1',
  };
}

function only(directory: string, suffix: string): string {
  const found = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(suffix)) : [];
  if (found.length !== 1) throw new Error(`${directory} must have one file that ends with '${suffix}', got: ${found.length}; run 'npm run package-all' first`);
  return join(directory, found[0]);
}

function updateGolden(at: Workplace): void {
  at.run('node', 'app.js', 'golden');
  for (const folder of [shared, join(at.folder, 'shared')]) cpSync(join(at.folder, 'golden', 'Bindings.template.json'), join(folder, 'golden.template.json'));
}
