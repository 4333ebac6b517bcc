import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endsWithUs } from './ends-with-us.js';
import { eventually } from './eventually.js';
import { scratchFolder } from './scratch.js';

export interface RunningDemo extends AsyncDisposable {
  /** The origin it listens on. */
  readonly url: string;
}

/** The demo as `npm run demo` starts it, on free ports, with its data in a folder that goes with it. */
export async function startDemo(): Promise<RunningDemo> {
  const folder = scratchFolder('demo');
  const child = endsWithUs(
    spawn(process.execPath, [join(process.cwd(), 'dist/scripts/demo.js')], {
      cwd: folder,
      env: { PATH: process.env['PATH'], PORT: '0', METRICS_PORT: '0', SANDBOX_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await eventually(() => output.includes('Ctrl-C') || undefined, { seconds: 60 });
  return {
    url: /Playground (http:\S+)\/graphql/.exec(output)?.[1] ?? '',
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}
