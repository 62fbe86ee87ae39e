'use strict';

const TestEnvironment = require('../libraries/environment');

/**
 * Skips the rest of a file after its first failure: a mutant that one test has found needs no other. Stryker loads this
 * without jest's transformation, so it is plain JavaScript.
 */
module.exports = class extends TestEnvironment {
  hasFailed = false;

  handleTestEvent({ name, test }) {
    if (name === 'test_done' && test.errors.length > 0) this.hasFailed = true;
    if (name === 'test_start' && this.hasFailed) test.mode = 'skip';
  }
};
