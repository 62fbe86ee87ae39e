'use strict';

const { createRequire } = require('node:module');
const { default: Runtime } = require('jest-runtime');

const LIBRARIES = ['aws-cdk-lib', 'constructs', '@aws-cdk', '@aws-sdk', 'cdk-nag', 'cdk-nag-v2', 'fast-check', 'mqtt', 'typescript'];

const isLibrary = (name) => LIBRARIES.some((library) => name === library || name.startsWith(`${library}/`));

/**
 * Loads the large libraries once in a process, and not once in a test file: loading them is a third of the work of all tests.
 * The project's own modules stay separate. jest.requireActual() and files with the option of ./environment.js load copies.
 * Jest loads this file without a transformation, so it is plain JavaScript.
 */
module.exports = class extends Runtime {
  constructor(config, environment, ...others) {
    super(config, environment, ...others);
    this.hasSharedLibraries = environment.hasSharedLibraries;
  }

  requireModule(from, name, options, isActual = false) {
    const isShared = this.hasSharedLibraries && !isActual && name !== undefined && isLibrary(name);
    return isShared ? createRequire(from)(name) : super.requireModule(from, name, options, isActual);
  }
};
