import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The measured process has one core alone; load, upstream, Redis and this process share another. */
export interface Cores {
  readonly measured: number;
  readonly load: number;
}

/** @throws if this is not Linux with two cores and taskset: where they share a core, load and server cannot be told apart */
export function twoCores(): Cores {
  if (process.platform !== 'linux')
    throw new Error('The benchmark runs only on Linux: it reads /proc and pins processes.');
  const [measured, load] = allowed();
  if (measured === undefined || load === undefined)
    throw new Error(
      'The benchmark needs two cores: one for the measured process alone, one for load and upstream.',
    );
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
  } catch {
    throw new Error('There is no taskset in PATH. Debian, Ubuntu: apt-get install util-linux');
  }
  return { measured, load };
}

/** Moves all threads of a process, and what they will start, to the core. */
export function moveTo(core: number, pid: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', `${core}`, `${pid}`], { stdio: 'ignore' });
}

function allowed(): number[] {
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
