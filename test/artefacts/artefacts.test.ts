import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/*
 * Opens every package in dist/ that `npm run package-all` has built. Each package for a language contains the npm tarball,
 * which jsii runs.
 */

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'artefacts-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Artefact {
  readonly path: string;
  readonly files: readonly string[];
  read(file: string | RegExp): Buffer;
}

const MAVEN = 'java/io/github/cdk-iot-streams/cdk-iot-streams/0.0.0';
const [TARBALL, WHEEL, SDIST] = [found('js', /\.tgz$/), found('python', /\.whl$/), found('python', /\.tar\.gz$/)];
const [JAR, SOURCES, POM] = [found(MAVEN, /0\.0\.0\.jar$/), found(MAVEN, /-sources\.jar$/), found(MAVEN, /\.pom$/)];
const npm = opened(TARBALL);
/** The packages that contain the tarball, and the other files in them. */
const languages: Readonly<Record<string, { readonly artefact: Artefact; readonly own: RegExp }>> = {
  'wheel': { artefact: opened(WHEEL), own: /^cdk_iot_streams\/(__init__\.py|py\.typed|_jsii\/__init__\.py)$|^cdk_iot_streams-0\.0\.0\.dist-info\/[A-Za-z_./]+$/ },
  'source distribution': {
    artefact: opened(SDIST),
    own: new RegExp('^cdk_iot_streams-0\\.0\\.0/('
      + '[A-Z-]+(\\.in|\\.md)?|pyproject\\.toml|setup\\.(cfg|py)'
      + '|src/cdk_iot_streams/(__init__\\.py|py\\.typed|_jsii/__init__\\.py)|src/cdk_iot_streams\\.egg-info/[A-Za-z_-]+(\\.txt)?)$'),
  },
  'jar': { artefact: opened(JAR), own: /^META-INF\/|^io\/github\/cdkiotstreams\/[A-Za-z$-]+\.(class|txt)$/ },
  'jar of sources': { artefact: opened(SOURCES), own: /^META-INF\/|^io\/github\/cdkiotstreams\/[A-Za-z$-]+\.(java|txt)$/ },
  'Go module': {
    artefact: directory(join(root, 'dist', 'go', 'cdkiotstreams')),
    own: /^((jsii|internal)\/)?[A-Za-z_]+\.go$|^(go\.mod|version|README\.md|LICENSE|NOTICE)$/,
  },
  'project of .NET': {
    artefact: directory(join(root, 'dist', 'dotnet', 'CdkIotStreams'), /\/(bin|obj)\//),
    own: /^CdkIotStreams\/[A-Za-z/]+\.cs$|^(AssemblyInfo\.cs|CdkIotStreams\.csproj|LICENSE|NOTICE)$/,
  },
};

describe('the npm tarball', () => {
  test('the npm tarball contains the library, the bundle of the handler, the assembly and the documents, and nothing else', () => {
    const files = npm.files.filter((file) => !/^package\/lib\/([a-z-]+\/)*[a-z-]+\.(js|d\.ts)$/.test(file));
    expect(files.sort()).toEqual([
      '.jsii', 'API.md', 'LICENSE', 'NOTICE', 'README.md', 'assets/lambda/index/index.js', 'package.json',
    ].map((file) => `package/${file}`));
  });

  test('the npm tarball has less than 210 KB and less than 130 files', () => {
    expect(statSync(TARBALL).size).toBeLessThan(210_000);
    expect(npm.files.length).toBeLessThan(130);
  });

  test('the npm tarball contains the current bundle of less than 70 KB with three resource types and without the SDK', () => {
    const bundle = npm.read('package/assets/lambda/index/index.js');
    expect(bundle.length).toBeLessThan(70_000);
    expect(bundle.equals(readFileSync(join(root, 'assets', 'lambda', 'index', 'index.js')))).toBe(true);
    const required = [...bundle.toString().matchAll(/require\("([^"]+)"\)/g)].map(([, name]) => name);
    expect(required.filter((name) => !/^@aws-sdk\/client-(iot|kinesis-video|kms|s3|sts)$/.test(name) && !isBuiltin(name))).toEqual([]);
  });

  test('the npm tarball has exactly two peer dependencies and no others', () => {
    const { dependencies, optionalDependencies, bundledDependencies, peerDependencies, scripts } = JSON.parse(npm.read('package/package.json').toString());
    expect({ dependencies, optionalDependencies, bundledDependencies }).toEqual({});
    expect(Object.keys(peerDependencies).sort()).toEqual(['aws-cdk-lib', 'constructs']);
    // scripts that npm would run at the installation
    expect(Object.keys(scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });

  test('publint reports nothing about the npm tarball except the form of the repository URL', () => {
    const said = execFileSync('npx', ['publint', TARBALL, '--strict'], { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
    // jsii copies the URL into Maven's descriptor, where 'git+https' is invalid
    expect([...said.matchAll(/^\d+\. (.*)$/gm)].map(([, message]) => message)).toEqual([expect.stringMatching(/^pkg\.repository\.url is https:/)]);
  });
});

describe.each(Object.entries(languages))('the %s', (_, { artefact, own }) => {
  const embedded = artefact.files.filter((file) => file.endsWith('.tgz'));

  test('the package contains the npm tarball with the bundle of the handler', () => {
    expect(embedded).toHaveLength(1);
    const inner = opened(join(artefact.path, embedded[0]));
    expect(contents(inner)).toEqual(contents(npm));
  });

  test('the package contains the generated code of the language, and no source of the handler, tool or test', () => {
    expect(artefact.files.filter((file) => !own.test(file) && !embedded.includes(file))).toEqual([]);
  });
});

describe('licence and notice', () => {
  test.each(['wheel', 'source distribution', 'Go module', 'project of .NET'])('the %s contains licence and notice as files', (name) => {
    const { artefact } = languages[name];
    for (const document of ['LICENSE', 'NOTICE']) {
      expect(artefact.read(new RegExp(`(^|/)${document}$`)).equals(readFileSync(join(root, document)))).toBe(true);
    }
  });

  test('the jar names the licence in its descriptor and contains the notice in its tarball', () => {
    expect(readFileSync(POM, 'utf8')).toContain('<name>Apache License 2.0</name>');
    expect(npm.read('package/LICENSE').equals(readFileSync(join(root, 'LICENSE')))).toBe(true);
    expect(npm.read('package/NOTICE').equals(readFileSync(join(root, 'NOTICE')))).toBe(true);
  });
});

/** Every package requires the CDK and constructs, besides the runtime of jsii. */
describe('two peers', () => {
  test('the Python package requires two packages, with version ranges', () => {
    const wanted = languages.wheel.artefact.read(/METADATA$/).toString().match(/(?<=^Requires-Dist: ).*$/gm);
    expect(wanted?.filter((line) => !/^(jsii|publication|typeguard)\b/.test(line))).toEqual([
      'aws-cdk-lib <3.0.0,>=2.211.0', 'constructs <11.0.0,>=10.4.2',
    ]);
  });

  test('the Java package requires two packages, with the versions that jsii resolves', () => {
    const wanted = [...readFileSync(POM, 'utf8').matchAll(/<dependency>(?:(?!<\/dependency>).)*?<artifactId>(.*?)<\/artifactId>.*?<\/dependency>/gs)]
      .filter(([dependency]) => !dependency.includes('<scope>provided</scope>')).map(([, name]) => name);
    expect(wanted).toEqual(['aws-cdk-lib', 'constructs', 'jsii-runtime']);
  });

  test('the Go module requires two modules', () => {
    const wanted = languages['Go module'].artefact.read('go.mod').toString().split('\n')
      .filter((line) => /^\t\S+ v\S+$/.test(line)).map((line) => line.trim().split(' ')[0]);
    expect(wanted.sort()).toEqual(['github.com/aws/aws-cdk-go/awscdk/v2', 'github.com/aws/constructs-go/constructs/v10', 'github.com/aws/jsii-runtime-go']);
  });

  test('the .NET package requires two packages, with version ranges', () => {
    const project = languages['project of .NET'].artefact.read('CdkIotStreams.csproj').toString();
    expect([...project.matchAll(/<PackageReference Include="(.*?)" Version="(.*?)"/g)].map(([, ...reference]) => reference.join(' '))).toEqual([
      expect.stringMatching(/^Amazon\.JSII\.Runtime /), 'Amazon.CDK.Lib [2.211.0,3.0.0)', 'Constructs [10.4.2,11.0.0)',
    ]);
  });
});

function found(path: string, name: RegExp): string {
  const directoryOfIt = join(root, 'dist', path);
  const names = existsSync(directoryOfIt) ? readdirSync(directoryOfIt).filter((candidate) => name.test(candidate)) : [];
  if (names.length !== 1) throw new Error(`${directoryOfIt} must have one file like ${name}, got: ${names.length}; run 'npm run package-all' first`);
  return join(directoryOfIt, names[0]);
}

function opened(archive: string): Artefact {
  const to = mkdtempSync(join(folder, `${basename(archive)}-`));
  if (/\.(tgz|tar\.gz)$/.test(archive)) execFileSync('tar', ['xzf', archive, '-C', to]);
  else execFileSync('python3', ['-m', 'zipfile', '-e', archive, to]);
  return directory(to);
}

function directory(path: string, ignored?: RegExp): Artefact {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(path, file)).isFile() && !ignored?.test(`/${file}`)).sort();
  const read = (file: string | RegExp) => {
    const named = files.filter((candidate) => typeof file === 'string' ? candidate === file : file.test(candidate));
    if (named.length === 0) throw new Error(`${path} must have a file like ${file}, got: ${files.join(', ')}`);
    return readFileSync(join(path, named[0]));
  };
  return { path, files, read };
}

/** The digest of every file, because the dates in archives differ. */
function contents({ files, read }: Artefact): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, createHash('sha256').update(read(file)).digest('hex')]));
}
