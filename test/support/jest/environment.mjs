import { TestEnvironment } from 'jest-environment-node';
import { requireOutside } from './outside.mjs';

/** Lends a test file the modules from outside, and the clock that they read. */
export default class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    this.global.requireOutside = requireOutside;
    this.global.Date = Date;
  }
}
