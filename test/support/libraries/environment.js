'use strict';

const { TestEnvironment } = require('jest-environment-node');

/**
 * Gives a test file what it needs beside shared libraries, which see the process and not the sandbox: the same environment variables
 * and the same Error and Date for `instanceof`. Environment variables and spies end with the file.
 * A file with the comment `@jest-environment-options {"sharesLibraries": false}` shares none.
 */
module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.hasSharedLibraries = config.projectConfig.testEnvironmentOptions.sharesLibraries !== false;
    this.environmentVariables = { ...process.env };
    if (this.hasSharedLibraries) this.share();
  }

  share() {
    this.global.process.env = process.env;
    // errors that the engine throws in the sandbox are errors for the libraries too
    Object.setPrototypeOf(this.global.Error.prototype, Error.prototype);
    Object.assign(this.global, { Error, Date });
  }

  async teardown() {
    // a failed test may leave a spy in a library that the next file shares
    this.moduleMocker.restoreAllMocks();
    for (const name of Object.keys(process.env)) if (!(name in this.environmentVariables)) delete process.env[name];
    Object.assign(process.env, this.environmentVariables);
    await super.teardown();
  }
};
