import { basename } from 'node:path';
import type { Test, TestRunnerOptions, TestWatcher } from 'jest-runner';
import TestRunner from 'jest-runner';

/** Ends a run with the first test file that fails, and begins with the files that are most likely to and with the fast ones. */
export default class MutationRunner extends TestRunner {
  override async runTests(tests: Test[], watcher: TestWatcher, options: TestRunnerOptions): Promise<void> {
    this.on('test-file-success', async ([, { numFailingTests }]) => {
      if (numFailingTests > 0) await watcher.setState({ interrupted: true });
    });
    await super.runTests([...tests].sort((a, b) => this.rank(a) - this.rank(b)), watcher, options);
  }

  private rank({ path, duration = 0 }: Test): number {
    const mutated = this._globalConfig.nonFlagArgs.map((name) => basename(name, '.ts'));
    return mutated.includes(basename(path, '.test.ts')) ? -1 : duration;
  }
}
