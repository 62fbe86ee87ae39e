import { TestEnvironment } from 'jest-environment-node';
import type { SharedLocalAws } from './shared-local-aws';
import { sharedLocalAws } from './shared-local-aws';

/** Gives all test files, which do not share modules, the same local AWS of the process. */
export default class LocalAwsEnvironment extends TestEnvironment {
  async setup(): Promise<void> {
    await super.setup();
    const { global } = this as unknown as { global: { sharedLocalAws: SharedLocalAws } };
    global.sharedLocalAws = sharedLocalAws;
  }
}
