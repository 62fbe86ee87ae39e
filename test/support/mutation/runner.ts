import { basename } from 'node:path';
import type { Test, TestRunnerOptions, TestWatcher } from 'jest-runner';
import TestRunner from 'jest-runner';

/** The names of a file's tests, as the first run without a pattern has found them: Stryker stays in one process. */
const namesByFile = new Map<string, string[]>();

/**
 * Ends a run with the first test file that fails. It begins with those that find a mutant soonest, and leaves out those of
 * whose tests none reaches the mutant.
 */
export default class MutationRunner extends TestRunner {
  override async runTests(tests: Test[], watcher: TestWatcher, options: TestRunnerOptions): Promise<void> {
    this.on('test-file-success', async ([{ path }, { numFailingTests, testResults }]) => {
      if (!namesByFile.has(path)) namesByFile.set(path, testResults.map(({ fullName }) => fullName));
      if (numFailingTests > 0) await watcher.setState({ interrupted: true });
    });
    const ordered = tests.filter((test) => this.isNeeded(test)).sort((a, b) => this.rank(a) - this.rank(b));
    await super.runTests(ordered, watcher, options);
  }

  private isNeeded({ path }: Test): boolean {
    const pattern = new RegExp(this._globalConfig.testNamePattern ?? '', 'i');
    return namesByFile.get(path)?.some((name) => pattern.test(name)) ?? true;
  }

  /** The test file of the mutated file may take ten times as long as another one: it is the likeliest to fail. */
  private rank({ path, duration = 0 }: Test): number {
    const mutated = this._globalConfig.nonFlagArgs.map((name) => basename(name, '.ts'));
    return mutated.includes(basename(path, '.test.ts')) ? duration / 10 : duration;
  }
}
