import { findSourceMap, setSourceMapsSupport } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';
import { requireOutside } from './outside.mjs';

setSourceMapsSupport(true);

/** Lends a test file the modules from outside, and the clock that they read. */
export default class extends TestEnvironment {
  constructor(...args) {
    super(...args);
    this.global.requireOutside = requireOutside;
    this.global.Date = Date;
  }

  async setup() {
    await super.setup();
    // Jest knows no source maps of modules that it did not load.
    const format = Error.prepareStackTrace;
    Error.prepareStackTrace = (error, sites) => format(error, sites.map(original));
  }
}

function original(site) {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  const origin = findSourceMap(site.getFileName())?.findOrigin(line, column);
  if (!origin?.lineNumber) return site;
  const text = String(site).replace(`:${line}:${column}`, `:${origin.lineNumber}:${origin.columnNumber}`);
  return Object.defineProperties(site, {
    getLineNumber: { value: () => origin.lineNumber },
    getColumnNumber: { value: () => origin.columnNumber },
    toString: { value: () => text },
  });
}
