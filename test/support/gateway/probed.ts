import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually } from '../basics/eventually.js';
import { startProcess, type RunningProcess } from './process.js';

export interface Strain {
  /** The longest turn of the event loop, with the time that other processes had the processor. */
  readonly longestTurnMs: number;
  /** The longest turn in processor time of its thread. */
  readonly processorMs: number;
  /** How much more memory was resident at most than before. */
  readonly grownMiB: number;
}

export interface ProbedProcess extends RunningProcess {
  /** What the gateway was put through while something was done. */
  during<T>(work: () => Promise<T>): Promise<Strain & { readonly result: T }>;
}

const MiB = 1024 * 1024;

/** The gateway as a process of its own, seen from outside: its memory by the kernel, its event loop by a module beside it. */
export async function startProbed(environment: Record<string, string>): Promise<ProbedProcess> {
  const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));
  const gateway = await startProcess({ ...environment, NODE_OPTIONS: `--import=${probe}` });
  const longestTurn = async () => {
    const known = turnsIn(gateway.output()).length;
    process.kill(gateway.pid, 'SIGCONT');
    return eventually(() => turnsIn(gateway.output())[known]);
  };
  return {
    ...gateway,
    during: async (work) => {
      await longestTurn();
      const before = memory(gateway.pid, 'VmRSS');
      writeFileSync(`/proc/${gateway.pid}/clear_refs`, '5');
      const result = await work();
      const turn = await longestTurn();
      return { result, ...turn, grownMiB: (memory(gateway.pid, 'VmHWM') - before) / MiB };
    },
  };
}

type Turn = Pick<Strain, 'longestTurnMs' | 'processorMs'>;

function turnsIn(output: string): Turn[] {
  return [...output.matchAll(/^\{"longestTurnMs":.*\}$/gm)].map(([line]) => JSON.parse(line) as Turn);
}

/** In bytes, as the kernel counts it: now, or at most since it was last cleared. */
export function memory(pid: number, what: 'VmRSS' | 'VmHWM'): number {
  const line = new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}
