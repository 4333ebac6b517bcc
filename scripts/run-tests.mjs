// Runs the tests: all of them, or those that the arguments name, which are jest's.
import { spawnSync } from 'node:child_process';

// Tests of how long something takes, and tests that build, run by themselves, one after the other, and after the others.
const alone = 'test/alone/';
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [given]
    : [
        ['--testPathIgnorePatterns=/node_modules/', '/dist/', alone],
        ['--runInBand', alone],
      ];

for (const args of runs) {
  const jest = ['--no-warnings', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...args];
  const { status, signal } = spawnSync(process.execPath, jest, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
  if (signal) break;
}
