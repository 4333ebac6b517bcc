import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { endsWithUs } from '../basics/ends-with-us.js';

export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** `npm run audit`, which `npm test` builds first, as a process of its own. */
export async function runAudit(args: readonly string[], environment: Record<string, string>): Promise<Ran> {
  const child = spawn(process.execPath, ['dist/src/gateway/audit/tools/cli.js', ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  endsWithUs(child);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, output, errors };
}
