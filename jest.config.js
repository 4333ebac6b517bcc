/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{src,sandbox}/**/*.spec.ts', '<rootDir>/test/**/*-spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: true,
          },
          keepClassNames: true,
          target: 'es2023',
        },
        module: { type: 'es6' },
      },
    ],
  },
  // A test may have to install its Redis first, behind another that installs a browser.
  testTimeout: 120_000,
  maxWorkers: 2,
  // Tests of one file that mostly wait run side by side, and start processes.
  maxConcurrency: 2,
};
