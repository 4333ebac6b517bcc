import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endsWithUs } from '../basics/ends-with-us.js';
import { eventually } from '../basics/eventually.js';
import { scratchFolder } from '../basics/scratch.js';

export interface RunningProcess {
  readonly pid: number;
  /** Where it listens, as its own log says. */
  readonly url: string;
  readonly metricsUrl: string;
  /** All that it has printed so far, standard output and error together. */
  output(): string;
  /** Resolves to what it exited with: the code, or the signal that ended it. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/**
 * The gateway as production runs it, a process of its own, on free ports. `npm test` builds it first. It has to log at
 * `info`: that is how its ports are known.
 *
 * @param through a command that becomes the process it is told to run, with fewer rights for example
 * @param program another build of it
 */
export async function startProcess(
  environment: Record<string, string>,
  through: readonly string[] = [],
  program?: string,
): Promise<RunningProcess> {
  const { child, output } = run(environment, through, program);
  return running({ child, output }, await listeningOf(child, output));
}

/** The same on a port of one's choice, printing warnings alone: for a million requests. */
export async function startQuietProcess(
  environment: Record<string, string>,
  port: number,
): Promise<RunningProcess> {
  const { child, output } = run({ ...environment, PORT: String(port), LOG_LEVEL: 'warn' });
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error(`The gateway exited with ${child.exitCode}: ${output()}`);
    return (await fetch(`${url}/health/ready`).catch(() => null))?.ok || undefined;
  };
  // On a machine with much else to do.
  await eventually(isReady, { seconds: 60 });
  return running({ child, output }, { url, metricsUrl: '' });
}

function listeningOf(child: ChildProcess, output: () => string) {
  return new Promise<{ url: string; metricsUrl: string }>((resolve, reject) => {
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 90_000);
    child.once('exit', (code) => reject(new Error(`The gateway exited with ${code}: ${output()}`)));
    const look = () => {
      const line = output()
        .split('\n')
        .find((text) => text.includes('"msg":"listening"'));
      if (!line) return;
      clearTimeout(giveUp);
      child.stdout?.off('data', look);
      resolve(JSON.parse(line) as { url: string; metricsUrl: string });
    };
    child.stdout?.on('data', look);
  });
}

function running({ child, output }: ReturnType<typeof run>, listening: { url: string; metricsUrl: string }) {
  return {
    ...listening,
    pid: child.pid ?? 0,
    output,
    stop: async (signal: NodeJS.Signals) => {
      const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals]>;
      child.kill(signal);
      const [code, endedBy] = await exited;
      return code ?? endedBy;
    },
  };
}

/** Runs the gateway where it is not expected to start. */
export async function runToExit(
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const { child, output } = run(environment);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output() };
}

/** Hundreds of processes start in these tests: each saves a quarter of its start. */
const compileCache = { NODE_COMPILE_CACHE: 'node_modules/.cache/compile' };

function run(
  environment: Record<string, string>,
  through: readonly string[] = [],
  program = 'dist/src/main.js',
) {
  // For what a test says nothing of: a folder that goes with the process.
  const folder = scratchFolder('gateway');
  const files = { AUDIT_URL: `file:${join(folder, 'audit.db')}`, KEYS_FILE: join(folder, 'keys.json') };
  const [command = '', ...args] = [...through, process.execPath, program];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      METRICS_PORT: '0',
      ...compileCache,
      ...files,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.once('close', () => rmSync(folder, { recursive: true, force: true }));
  endsWithUs(child);
  let printed = '';
  const collect = (chunk: Buffer) => (printed += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return { child, output: () => printed };
}
