import { awscdk, github, javascript, JsonFile, typescript } from 'projen';

/**
 * The lowest aws-cdk-lib on which `determineLatestNodeRuntime` renders a literal in a region-agnostic stack:
 * 2.210.0 renders a mapping (cdk-nag throws on it), 2.211.0 renders 'nodejs22.x'. `scripts/verify-cdk.sh floor` proves it.
 */
const cdkFloor = '2.211.0';

/** As tsconfig.dev.json compiles: for the oldest Node.js that runs the tools. */
const transform = { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }] };

const setupFiles = ['<rootDir>/test/support/without-cdk-validation.ts'];

const runtime = '<rootDir>/test/support/libraries/runtime.js';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-iot-streams',
  description: 'AWS CDK construct for AWS IoT streams (MQTT-based file delivery): exact bytes, pinned versions, least privilege',
  author: 'cdk-iot-streams contributors',
  authorAddress: 'maintainers@cdk-iot-streams.dev',
  authorOrganization: true,
  repositoryUrl: 'https://github.com/cdk-iot-streams/cdk-iot-streams.git',
  license: 'Apache-2.0',
  keywords: ['awscdk', 'aws-cdk', 'cdk', 'iot', 'iot-core', 'mqtt', 'ota', 'firmware'],
  defaultReleaseBranch: 'main',
  projenrcTs: true,
  // `files` of package.json lists what is published instead
  npmignoreEnabled: false,
  // the TypeScript runner for this file and for every script in local/, bench/ and scripts/
  projenrcTsOptions: { runner: typescript.TypeScriptRunner.tsx() },
  // every contributor has npm, so `npm ci && npm test` is the complete set-up
  packageManager: javascript.NodePackageManager.NPM,
  // pinned, because jsii does not follow semver: a minor release may change the language level
  jsiiVersion: '~6.0.0',
  cdkVersion: cdkFloor,
  // the oldest constructs that aws-cdk-lib at the floor accepts in practice with TypeScript's strict checks
  constructsVersion: '10.4.2',
  // the oldest Node.js of the tests
  minNodeVersion: '20.0.0',
  // the newest Node.js that AWS Lambda runs; `lts/*` would move under a running release branch
  workflowNodeVersion: '24',

  publishToPypi: { distName: 'cdk-iot-streams', module: 'cdk_iot_streams', trustedPublishing: true },
  publishToMaven: {
    javaPackage: 'io.github.cdkiotstreams',
    mavenGroupId: 'io.github.cdk-iot-streams',
    mavenArtifactId: 'cdk-iot-streams',
  },
  publishToGo: { moduleName: 'github.com/cdk-iot-streams/cdk-iot-streams-go' },
  publishToNuget: { dotNetNamespace: 'CdkIotStreams', packageId: 'CdkIotStreams', trustedPublishing: true },
  // a pull request with outdated generated files fails, because only its author writes to its branch
  buildWorkflowOptions: { mutableBuild: false },
  // needs no long-lived token in the secrets of the repository
  npmTrustedPublishing: true,
  npmProvenance: true,
  // waits some days before it installs a release, because compromised releases are usually found within days
  depsUpgradeOptions: { cooldown: 5, workflow: true },

  // Peers are promises to users, so they stay at the floor; this tree uses the newest library that the pinned CLI
  // understands, and the floor is compiled and tested in a job of its own (scripts/verify-cdk.sh floor).
  peerDependencyOptions: { pinnedDevDependency: false },
  // the language level of jsii ~6.0
  typescriptVersion: '~6.0',
  devDeps: [
    'aws-cdk-lib@2.275.0',
    // what the apps test/integ.*.ts assert on a real account; the runner is taken by npx, of the version that reads today's assemblies
    '@aws-cdk/integ-tests-alpha',
    // the types of the newest Node.js of Lambda; npm's `latest` has the types of a newer one
    '@types/node@^24',
    // the clients of the handler (external in the bundle), of the tests and of the tools under local/
    '@aws-sdk/client-cloudformation',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-iam',
    '@aws-sdk/client-iot',
    '@aws-sdk/client-iot-data-plane',
    '@aws-sdk/client-kinesis-video',
    '@aws-sdk/client-kms',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-sts',
    // removes the types for jest in a tenth of the time of TypeScript; `npm run lint` checks the types
    '@swc/core',
    '@swc/jest',
    // the environment with which the end-to-end tests share a local AWS
    'jest-environment-node@^30.5.2',
    // ends a run of a mutant with the first test that fails
    'jest-runner@^30.5.2',
    // loads the large libraries once in a process of the unit tests
    'jest-runtime@^30.5.2',
    // the oldest SDK that a Node.js runtime of Lambda may carry: the tests of the handler's calls run with this one and with the newest
    'client-s3-oldest@npm:@aws-sdk/client-s3@3.552.0',
    '@stryker-mutator/core',
    '@stryker-mutator/jest-runner',
    '@types/aws-lambda',
    '@types/cli-progress',
    // 3.0.0, npm's `latest`, is older than the library and does not read its assemblies
    'aws-cdk@2.1148.1',
    'aedes',
    'cbor-x',
    'cdk-nag',
    // many users still use version 2, which is an aspect and not a plugin
    'cdk-nag-v2@npm:cdk-nag@2.38.2',
    'cli-progress',
    'fast-check',
    'mqtt',
    // ECDSA of a digest, as KMS signs it: Node.js signs messages alone. The last major release that is no module of the new kind
    '@noble/curves@^1.9',
    // the last release that is not a module of the new kind, which jest cannot load
    'p-limit@^3',
    'publint',
    // finds broken links and anchors in the documents
    'remark-cli',
    'remark-gfm',
    'remark-validate-links',
    'tsx',
  ],

  // handlers live in lambda/, outside the jsii root: their sources must not ship, not even as compiled copies
  lambdaAutoDiscover: false,
  edgeLambdaAutoDiscover: false,
  singletonLambdaAutoDiscover: false,
  lambdaExtensionAutoDiscover: false,
  integrationTestAutoDiscover: false,

  // the configuration for everything except the library: tests, handler, tools
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    // there may be generated apps and virtual environments below the root
    exclude: ['**/node_modules', 'lib', '.local', '.venv', 'cdk.out', 'test/bindings', 'test/api-rules/planted'],
    include: ['.projenrc.ts', 'src/**/*.ts', 'test/**/*.ts', 'lambda/**/*.ts', 'local/**/*.ts', 'bench/**/*.ts', 'examples/**/*.ts', 'scripts/**/*.ts'],
    compilerOptions: {
      // what Node.js 20, the oldest version that runs the tools, understands
      target: 'ES2022',
      lib: ['ES2022'],
      // packages that contain CommonJS although their type declarations are those of an ES module
      module: 'node20',
      // the clients' type declarations use newer library types than ours
      skipLibCheck: true,
    },
  },

  eslintOptions: {
    // the tsconfig.json in the root belongs to jsii and includes only src/
    projectService: false,
    tsconfigPath: './tsconfig.dev.json',
    dirs: ['src', 'lambda'],
    // development dependencies may be imported here: nothing of it is in the package but the bundle
    devdirs: ['test', 'local', 'bench', 'examples', 'scripts', 'lambda'],
    ignorePatterns: ['*.d.ts', 'node_modules/', '*.generated.ts', 'coverage', 'cdk.out', 'test/bindings', 'test/api-rules/planted'],
  },

  jestOptions: {
    // the end-to-end tests have a separate configuration, because they need the local AWS and minutes
    configFilePath: 'jest.config.json',
    // a snapshot never changes by running the tests
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    jestConfig: {
      // a machine that does several things at once is no failure: tests of time measure it themselves
      testTimeout: 60_000,
      // twice the cores of a small machine: many tests wait for a socket or a clock
      maxWorkers: 4,
      // a worker has used a gigabyte, which it takes nearly a second to free
      workerGracefulExitTimeout: 10_000,
      collectCoverageFrom: ['src/**/*.ts', 'lambda/**/*.ts'],
      coverageThreshold: { branches: 100, functions: 100, lines: 100, statements: 100 },
      // Istanbul counts branches of the source; V8's provider counts those of the compiled code
      coverageProvider: 'babel',
      // records what the handler logs in all tests, and checks at the end that it contains no event, URL or content
      globalSetup: '<rootDir>/test/support/before-all-tests.ts',
      runtime,
      testEnvironment: '<rootDir>/test/support/libraries/environment.js',
      setupFiles,
      setupFilesAfterEnv: ['<rootDir>/test/support/before-each-file.ts'],
      globalTeardown: '<rootDir>/test/support/after-all-tests.ts',
      testPathIgnorePatterns: ['/node_modules/', '/test/e2e/', '/test/package/', '/test/artefacts/', '/test/api-rules/', '/test/bindings/'],
    },
    coverageText: true,
  },

  // the types of this repository's commits: by default, projen takes three of them
  githubOptions: {
    pullRequestLintOptions: {
      semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'style', 'build', 'ci', 'chore'] },
    },
  },
  pullRequestTemplateContents: [
    'What changes for users, and why:',
    '',
    '- [ ] tests name the promise that they keep, and failed before',
    '- [ ] the diff of API.md is what was meant; a change of an existing name is a major version',
    '- [ ] the diff of test/bindings/shared/golden.template.json is what stacks of users will see at their next deployment',
    '- [ ] README and docs say what has changed',
  ],

  gitignore: ['.jsii.tabl.json', '.npmignore', '.venv/', '.local/', 'cdk.out/', 'test-reports/', '__pycache__/', '.DS_Store', '/tsconfig.json'],
});

project.jest!.config.transform = transform;
project.deps.removeDependency('ts-jest');

// npm publishes only these files
project.package.addField('files', ['lib/**/*.js', 'lib/**/*.d.ts', 'assets/lambda/index/index.js', '.jsii', 'API.md', 'NOTICE']);

// The handler. External SDK: it is in every Node.js runtime of Lambda, and bundling it would change the asset's hash,
// hence every user's snapshot, at every SDK release. Target: the oldest runtime that `determineLatestNodeRuntime` can
// give at the floor (an explicit region that the library does not know). Not minified: readable in the console.
project.bundler.addBundle('lambda/index.ts', {
  platform: 'node',
  target: 'node18',
  outfile: 'index.js',
  externals: ['@aws-sdk/*'],
});

// The end-to-end tests: real CLI, local AWS, minutes. One at a time: the files share one local AWS.
new JsonFile(project, 'jest.e2e.config.json', {
  obj: {
    testMatch: ['<rootDir>/test/package/**/*.test.ts', '<rootDir>/test/e2e/**/*.test.ts'],
    transform,
    setupFiles,
    testEnvironment: '<rootDir>/test/e2e/support/environment.ts',
    globalTeardown: '<rootDir>/test/e2e/support/after-all-files.ts',
    maxWorkers: 1,
    testTimeout: 900_000,
    reporters: ['default', ['jest-junit', { outputDirectory: 'test-reports', outputName: 'e2e.xml' }]],
  },
});

// Generated mutants: the unit tests of the handler must find nearly all changes of its code. The threshold only rises.
new JsonFile(project, 'stryker.config.json', {
  obj: {
    testRunner: 'jest',
    jest: { configFile: 'jest.mutation.config.json' },
    coverageAnalysis: 'perTest',
    // every file but the entry and those that wrap a client of the SDK
    mutate: ['lambda/*/*.ts', '!lambda/core/credentials.ts', '!lambda/iot-file-stream/{iot,kms,s3}.ts', '!lambda/kinesis-video/kinesis-video.ts'],
    // the sandbox contains only the files that the tests read
    ignorePatterns: ['/*', '!/lambda', '!/local', '!/src', '!/test', '!/*.json', '/test/bindings', '/test/e2e'],
    // longer than the timeout of a test, because a busy machine would report slow tests as endless loops
    timeoutMS: 12_000,
    thresholds: { high: 100, low: 99, break: 99 },
    reporters: ['clear-text', 'progress', 'html'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    htmlReporter: { fileName: 'test-reports/mutation.html' },
    // '//' is projen's note in this file
    warnings: { unknownOptions: false },
    tempDirName: '.local/stryker',
  },
});
new JsonFile(project, 'jest.mutation.config.json', {
  obj: {
    testMatch: ['<rootDir>/test/lambda/{core,iot-file-stream,kinesis-video}/**/*.test.ts'],
    // ten seconds a mutant for the SDK's own patience, and four for random histories
    testPathIgnorePatterns: ['/node_modules/', '/throttling.test.ts', '/histories.test.ts'],
    transform,
    globalSetup: '<rootDir>/test/support/mutation/before-each-mutant.ts',
    setupFiles,
    runtime,
    testEnvironment: './test/support/mutation/environment.js',
    runner: '<rootDir>/test/support/mutation/runner.ts',
    // a mutant that waits for ever is found by the first test that waits for it
    testTimeout: 8_000,
  },
});

// links between pages, and to headings in them
new JsonFile(project, '.remarkrc.json', { obj: { plugins: ['remark-gfm', ['remark-validate-links', { repository: false }]] } });

const bundle = { spawn: project.bundler.bundleTask.name };
// each process that loads an AWS SDK would print seven lines about the end of Node.js 20
project.tasks.addEnvironment('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
project.addTask('local', { description: 'an AWS on your own machine, with IoT streams', exec: 'tsx local/start.ts', receiveArgs: true });
project.addTask('device', { description: 'a device that downloads the files of a stream', exec: 'tsx local/device/main.ts', receiveArgs: true });
project.addTask('demo', {
  description: 'the main job as something to watch: deploy, download, update, destroy',
  steps: [bundle, { exec: 'tsx local/demo.ts', receiveArgs: true }],
});

project.addTask('bench', {
  description: 'what it costs, beside what one would do instead',
  steps: [bundle, { exec: 'tsx bench/main.ts', receiveArgs: true }],
});

// Everything that Node.js and Python can run, fastest first. `eslint` of projen mends what it finds; a check must not.
const constructs = ['iot-file-stream', 'kinesis-video', 'device-role'];
project.eslint!.addRules({
  'import/no-cycle': 'error',
  // one dialect, so that nobody has to choose
  'import/enforce-node-protocol-usage': ['error', 'always'],
  '@typescript-eslint/consistent-type-imports': 'error',
  '@stylistic/arrow-parens': ['error', 'always'],
  '@stylistic/max-len': ['error', {
    code: 140, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreComments: true, ignoreRegExpLiterals: true,
  }],
  // arrows run one way: product, handler and tools know the contract and not each other, and a test is imported by nobody
  'import/no-restricted-paths': ['error', {
    zones: [
      { target: './src', from: ['./lambda', './local', './test', './examples', './bench'] },
      { target: './lambda', from: ['./local', './test', './examples', './bench'] },
      { target: './lambda', from: './src', except: ['./core/contract.ts', ...constructs.map((name) => `./${name}/private/contract.ts`)] },
      // what constructs share knows none of them, and no construct knows another one
      ...['src', 'lambda'].flatMap((side) => [
        { target: `./${side}/core`, from: `./${side}`, except: ['./core'] },
        ...constructs.map((name) => ({ target: `./${side}/${name}`, from: constructs.filter((other) => other !== name).map((other) => `./${side}/${other}`) })),
      ]),
      { target: './local', from: ['./src', './lambda', './test', './examples', './bench'] },
      { target: './local/device', from: ['./local/iot-streams', './local/iam', './local/aws-proxy'] },
      { target: './local/iot-streams', from: './local/device' },
      { target: ['./examples', './bench'], from: './test' },
    ],
  }],
});
// bitmaps of blocks, CBOR and random generators need bitwise operators
project.eslint!.addOverride({ files: ['local/iot-streams/**', 'local/device/**', 'test/local/**'], rules: { 'no-bitwise': 'off' } });
const lint = project.addTask('lint', {
  description: 'types, style, and links of the documents, without mending anything',
  steps: [
    { exec: 'tsc --noEmit -p tsconfig.dev.json' },
    { exec: 'eslint --ext .ts --max-warnings 0 src lambda test local examples bench scripts .projenrc.ts --no-error-on-unmatched-pattern' },
    { exec: 'remark README.md CONTRIBUTING.md SECURITY.md docs examples local --frail --quiet --ignore-pattern \'docs/API.*\'' },
  ],
  env: { ESLINT_USE_FLAT_CONFIG: 'false' },
});
// the oldest supported Node.js of the tools is no longer maintained
const environment = { JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20', JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: '1' };
// these take minutes, and `npm test` runs them
const outsideInnerLoop = ['ministack', 'test/simulation/', 'docs/samples', 'protocol/whole-files', 'test/integ', 'verify-aws/partitions', 'odd-overrides'];
project.addTask('test:unit', {
  description: 'the inner loop: what needs neither the local AWS nor the CLI nor a simulation; a file\'s path runs it alone',
  steps: [bundle, {
    exec: `jest --testPathIgnorePatterns ${[...project.jest!.config.testPathIgnorePatterns, ...outsideInnerLoop].join(' ')} --coverage=false`,
    receiveArgs: true,
  }],
  env: { JEST_JUNIT_OUTPUT_NAME: 'unit.xml' },
});
project.addTask('simulate', {
  description: 'histories of CloudFormation that nobody thought of: npm run simulate -- --runs N [--seed S [--path P]]',
  steps: [bundle, { exec: 'tsx test/simulation/run.ts', receiveArgs: true }],
});
project.addTask('fuzz', {
  description: 'malformed requests and answers of the file delivery: npm run fuzz -- --runs N [--seed S]',
  exec: 'tsx test/local/fuzz/run.ts',
  receiveArgs: true,
});
project.addTask('simulate:mutants', {
  description: 'plants bugs and looks whether the simulation finds each within 5,000 histories',
  steps: [bundle, { exec: 'tsx test/simulation/run-mutants.ts', receiveArgs: true }],
});
project.addTask('test:mutation', {
  description: 'changes the handler in hundreds of ways and looks whether its unit tests notice: npm run test:mutation -- --mutate lambda/core/router.ts',
  exec: 'stryker run',
  receiveArgs: true,
});
project.addTask('test:golden', {
  description: 'accept what the templates of users have become',
  steps: [bundle, { exec: 'jest --coverage=false golden.test.ts' }],
  env: { UPDATE_GOLDEN: '1' },
});
project.addTask('docs', {
  description: 'writes what is generated in docs/: the lists of tests in failure-modes.md, and the dark pictures',
  exec: 'jest --coverage=false test/docs',
  env: { UPDATE_DOCS: '1' },
});
const onLocalAws = 'jest --config jest.e2e.config.json';
const MAIN_JOB = 'test/e2e/lifecycle.test.ts';
project.addTask('test:e2e', {
  description: 'the real CLI against the local AWS: every file, or those whose paths are given',
  steps: [bundle, { exec: onLocalAws, receiveArgs: true }],
});
const boto3 = project.addTask('test:boto3', {
  description: 'the local streams service, seen by a client that nobody here wrote',
  exec: 'tsx local/ministack/run-python.ts -m pytest -q test/local/iot-streams/boto3 test/local/kinesis-video/boto3 test/local/iam --junitxml=test-reports/boto3.xml',
});
project.testTask.reset();
project.testTask.say('about 8 minutes on two cores: lint, unit tests with coverage, a short simulation, boto3, the package, the main job end to end');
project.testTask.spawn(lint);
project.testTask.spawn(project.bundler.bundleTask);
project.testTask.exec('JEST_JUNIT_OUTPUT_NAME=unit.xml jest', { receiveArgs: true });
project.testTask.spawn(boto3);
// the packaging tests check the output of these tasks
project.testTask.spawn(project.compileTask);
project.testTask.spawn(project.tasks.tryFind('docgen')!);
project.testTask.exec(`JEST_JUNIT_OUTPUT_NAME=main-job.xml ${onLocalAws} test/package ${MAIN_JOB}`);

// the reference in the languages of the README, and its samples, which must compile
const docgen = project.tasks.tryFind('docgen')!;
docgen.exec('jsii-docgen -l python -o docs/API.python.md');
docgen.exec('jsii-docgen -l java -o docs/API.java.md');
const samples = project.addTask('samples', { description: 'compiles the samples of README and reference, and translates them', exec: 'jsii-rosetta extract --strict' });
project.tasks.tryFind('package-all')!.prependSpawn(samples);
project.addTask('test:all', {
  description: 'what `npm test` has no time for: every other end-to-end file, thousands of simulated histories, the samples',
  steps: [
    { say: 'about half an hour on two cores: the other end-to-end files, 5,000 simulated histories, the samples of README and reference' },
    bundle,
    { exec: `JEST_JUNIT_OUTPUT_NAME=e2e.xml ${onLocalAws} --testPathIgnorePatterns /node_modules/ test/package ${MAIN_JOB}` },
    { exec: 'tsx test/simulation/run.ts --runs 5000 --seed 1' },
    { spawn: samples.name },
  ],
});

project.addTask('verify:aws', {
  description: 'asks a real account what nobody has documented, beside what the library assumes; removes what it made',
  exec: 'tsx scripts/verify-aws/main.ts',
  receiveArgs: true,
});

// Go modules are published as sources; the tests of the bindings build them with the one version of the CDK that all languages use
project.tasks.tryFind('package:go')!.reset('jsii-pacmak -v --target go --code-only');
// part of every build, the release's included; before the first release it says that there is nothing to compare with
project.postCompileTask.spawn(project.tasks.tryFind('compat')!);

// projen's shell has no `command`, and a .NET runtime without an SDK prints no version
const dotnet = project.tasks.tryFind('package:dotnet')!;
dotnet.reset('jsii-pacmak -v --target dotnet', { condition: 'dotnet --version' });
dotnet.exec('echo "no .NET SDK on this machine: dist/dotnet has the sources, which are not compiled"', { condition: '! dotnet --version' });
dotnet.exec('jsii-pacmak -v --target dotnet --code-only', { condition: '! dotnet --version' });
project.addTask('test:api-rules', {
  description: 'a linter of construct libraries, installed in a folder of its own, and what jsii says of the public interface',
  steps: [
    { exec: 'npm ci --prefix test/api-rules --no-audit --no-fund' },
    { spawn: 'compile' },
    { exec: 'jest --config jest.e2e.config.json --testMatch "<rootDir>/test/api-rules/*.test.ts" --reporters default --reporters jest-junit' },
  ],
  env: { JEST_JUNIT_OUTPUT_DIR: 'test-reports', JEST_JUNIT_OUTPUT_NAME: 'api-rules.xml' },
});
project.addTask('test:artefacts', {
  description: 'opens every package that package-all has built',
  exec: 'jest --config jest.e2e.config.json --testMatch "<rootDir>/test/artefacts/**/*.test.ts" --reporters default --reporters jest-junit',
  env: { JEST_JUNIT_OUTPUT_DIR: 'test-reports', JEST_JUNIT_OUTPUT_NAME: 'artefacts.xml' },
});
const bindings = project.addTask('test:bindings', {
  description: 'every package in an empty folder, with an app and tests in its language; needs Python, a JDK, Maven and Go',
  steps: [bundle, { spawn: 'compile' }, { spawn: 'package-all' }, { spawn: 'test:artefacts' }, { exec: 'tsx scripts/test-bindings.ts', receiveArgs: true }],
});

// What a pull request is tested with besides the build; each night too, because a new CDK comes without a change of ours.
const compatibility = project.github!.addWorkflow('compatibility');
compatibility.on({ pullRequest: {}, workflowDispatch: {}, schedule: [{ cron: '30 3 * * *' }] });
const job = (
  name: string, matrix: Record<string, string[]> | undefined, tools: github.workflows.Tools, commands: string[],
): github.workflows.Job => ({
  name,
  runsOn: ['ubuntu-latest'],
  permissions: { contents: github.workflows.JobPermission.READ },
  strategy: matrix && { failFast: false, matrix: { domain: matrix } },
  tools,
  steps: [
    github.WorkflowSteps.checkout(),
    ...project.renderWorkflowSetup(),
    ...commands.map((run) => ({ run })),
  ],
});
compatibility.addJobs({
  cdk: job('aws-cdk-lib ${{ matrix.cdk }}', { cdk: ['floor', 'latest'] }, {}, ['npx projen bundle', 'bash scripts/verify-cdk.sh ${{ matrix.cdk }}']),
  node: job('Node.js ${{ matrix.node }}', { node: ['20', '22', '24'] }, {}, [
    'npx projen bundle', 'npx projen compile', 'npx projen package:js', 'bash scripts/verify-node.sh ${{ matrix.node }}',
  ]),
  lint: job('lint', undefined, {}, ['npm run lint']),
  unit: job('unit tests', undefined, {}, ['npm run test:unit']),
  endToEnd: job('end to end ${{ matrix.shard }}/4', { shard: ['1', '2', '3', '4'] }, { python: { version: '3.11' } }, ['npm run test:e2e -- test/e2e --shard ${{ matrix.shard }}/4']),
  api: job('public interface', undefined, {}, ['npm run test:api-rules']),
  languages: job('every language', undefined,
    { java: { version: '17' }, python: { version: '3.11' }, go: { version: 'stable' }, dotnet: { version: '8.x' } }, ['npm run test:bindings']),
});

// Each night with seeds that nobody has tried: those of fast-check in the unit tests are new in every run, too.
const nightly = project.github!.addWorkflow('nightly');
nightly.on({ workflowDispatch: {}, schedule: [{ cron: '30 2 * * *' }] });
nightly.addJobs({
  simulation: job('simulated histories', undefined, {}, ['npm run simulate -- --runs 100000']),
  mutants: job('planted bugs', undefined, {}, ['npm run simulate:mutants']),
  fuzz: job('properties ${{ matrix.round }}', { round: ['1', '2', '3', '4'] }, {}, ['npm run test:unit']),
});

const mutation = project.github!.addWorkflow('mutation');
mutation.on({ workflowDispatch: {}, schedule: [{ cron: '30 1 * * *' }] });
mutation.addJobs({
  handler: job('mutants of the handler', undefined, {}, ['npm run test:mutation']),
});

for (const task of [bindings, samples, ...['compile', 'compat', 'docgen', 'package:js', 'package:java', 'package:python', 'package:dotnet', 'package:go'].map((name) => project.tasks.tryFind(name)!)]) {
  for (const [key, value] of Object.entries(environment)) task.env(key, value);
}

// without this, Node.js would parse the files to find their type
project.package.addField('type', 'commonjs');

// inline sources would be a third of the compiled files, and the repository contains the sources
project.tryFindObjectFile('tsconfig.json')!.addOverride('compilerOptions.inlineSources', false);

project.synth();
