import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endsWithUs } from '../basics/ends-with-us.js';
import { eventually } from '../basics/eventually.js';

export interface RunningDemo {
  readonly url: string;
  /** All that it has printed so far. */
  output(): string;
  /** As Ctrl-C does it. */
  end(): Promise<unknown>;
}

/** What the demo prints, and has in place in its pages. */
export const demoToken = 'sandbox-token-that-may-read-and-may-write';

export const demoProgram = join(process.cwd(), 'dist/scripts/demo.js');

/** `npm run demo`, which `npm test` builds first, on free ports. Its data is below `folder`. */
export async function startDemo(folder: string, ...args: readonly string[]): Promise<RunningDemo> {
  let output = '';
  const child = endsWithUs(
    spawn(process.execPath, [demoProgram, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', SANDBOX_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await eventually(() => (output.includes('Ctrl-C') ? true : undefined), { seconds: 60 });
  return {
    url: /Playground (http:\S+)\/graphql/.exec(output)?.[1] ?? '',
    output: () => output,
    end: () => {
      child.kill('SIGINT');
      return once(child, 'exit');
    },
  };
}
