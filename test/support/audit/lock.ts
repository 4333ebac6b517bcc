import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endsWithUs } from '../basics/ends-with-us.js';

const lock = `
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(process.argv[1], { timeout: 5000 });
db.exec('BEGIN EXCLUSIVE');
console.log('locked');
process.stdin.resume();
`;

/** Another process has the file to itself, until the function is called that this resolves to. */
export async function lockedByAnother(path: string): Promise<() => Promise<void>> {
  const child = endsWithUs(
    spawn(process.execPath, ['--no-warnings', '-e', lock, path], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('The file could not be locked.'))),
  ]);
  return async () => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
}
