import { readdirSync, readFileSync } from 'node:fs';
import { moveTo } from './cores.js';

/** USER_HZ, the unit of the times in /proc: 100 on every Linux that Node.js is built for. */
const ticksPerSecond = 100;

/** A process and those that it has started, such as the worker of nginx. */
export class RunningProcess {
  constructor(
    readonly pid: number,
    readonly origin: URL,
  ) {}

  /** Has all its threads run on the core alone. */
  moveTo(core: number): void {
    for (const pid of family(this.pid)) moveTo(core, pid);
  }

  /** User and system time of all threads: `utime` and `stime` of proc(5), in steps of 10 ms. */
  cpuSeconds(): number {
    return total(family(this.pid), (pid) => {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      // The second field is the program's name in parentheses and may hold any character.
      const fromThird = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fromThird[14 - 3]) + Number(fromThird[15 - 3])) / ticksPerSecond;
    });
  }

  /** Resident memory, in MiB. */
  residentMib(): number {
    return total(family(this.pid), (pid) => {
      const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
      return Number(kib) / 1024;
    });
  }
}

function family(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(family)];
}

function total(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + of(pid), 0);
}
