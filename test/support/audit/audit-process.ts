import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually } from '../basics/eventually.js';

const longestMs = 30_000;
const children = new Set<ChildProcess>();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

export interface AuditProcess {
  /** The whole lines that it has printed. */
  lines(): string[];
  /** Resolves when it has printed that line. */
  said(line: string): Promise<void>;
  /** Resolves when all that it printed has been read. */
  kill(): Promise<void>;
  /** What it exited with, by itself. */
  ended(): Promise<number | NodeJS.Signals>;
}

export interface AuditProcessOptions {
  /** Where the source is as it was built. */
  readonly built?: string;
  /** No file may grow beyond. */
  readonly mostKiB?: number;
}

/** Runs a script in a process of its own: `load('gateway/audit/record/event')` gives it a module as it is built, `say` prints a line. */
export function runAuditProcess(
  script: string,
  { built = 'dist/src', mostKiB }: AuditProcessOptions = {},
): AuditProcess {
  const source = `
    const load = (name) => import('file://' + ${JSON.stringify(resolve(built))} + '/' + name + '.js');
    const say = (line) => process.stdout.write(line + '\\n');
    ${script}`;
  const node = [process.execPath, '--no-warnings', '--input-type=module', '-e', source];
  const [command = '', ...args] =
    mostKiB === undefined ? node : ['bash', '-c', `ulimit -f ${mostKiB}; exec "$@"`, 'bash', ...node];
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: longestMs,
    killSignal: 'SIGKILL',
  });
  children.add(child);
  let printed = '';
  let complained = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
  const closed = once(child, 'close').then((args) => {
    children.delete(child);
    return args as [number | null, NodeJS.Signals | null];
  });
  const lines = () => printed.split('\n').slice(0, -1);
  return {
    lines,
    said: (line) =>
      eventually(() => {
        if (lines().includes(line)) return true;
        if (child.exitCode !== null)
          throw new Error(`It ended with ${child.exitCode}: ${printed}${complained}`);
        return undefined;
      }).then(() => undefined),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
    ended: async () => {
      const [code, signal] = await closed;
      return code ?? signal ?? 0;
    },
  };
}
