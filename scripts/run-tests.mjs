// Runs all tests, or those that the arguments name. The arguments are jest's.
import { spawnSync } from 'node:child_process';

// Tests of durations, of calls that a busy machine would make twice, and tests that build run after the others, one at a time.
const alone = 'test/alone/';
const given = process.argv.slice(2);
const runs =
  given.length > 0
    ? [given]
    : [
        ['--testPathIgnorePatterns=/node_modules/', '/dist/', alone],
        // A test that fails may leave a server open, and jest would wait for it.
        ['--runInBand', '--forceExit', alone],
      ];

for (const args of runs) {
  const jest = ['--no-warnings', '--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...args];
  const { status, signal } = spawnSync(process.execPath, jest, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = status ?? 1;
  if (signal) break;
}
