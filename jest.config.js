import { swc } from './test/support/jest/swc.mjs';
import packageJson from './package.json' with { type: 'json' };

// What is under test and the packages are loaded by Node, once per worker: Jest would load them anew for each file.
const outside = '<rootDir>/test/support/jest/transform.mjs';
const packages = Object.keys({ ...packageJson.dependencies, ...packageJson.devDependencies }).filter(
  (name) => !/jest|swc/.test(name),
);

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{src,sandbox,bench}/**/*.spec.ts', '<rootDir>/test/**/*-spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironment: '<rootDir>/test/support/jest/environment.mjs',
  transform: {
    '/node_modules/': outside,
    [`^${RegExp.escape(import.meta.dirname)}/(src|sandbox|bench|scripts)/.*(?<!\\.spec)\\.ts$`]: outside,
    '^.+\\.ts$': ['@swc/jest', swc],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${packages.join('|')})/)`],
  // A test may have to install its Redis first, behind another that installs a browser.
  testTimeout: 120_000,
  maxWorkers: 2,
  // Tests of one file that mostly wait run side by side, and start processes.
  maxConcurrency: 2,
};
