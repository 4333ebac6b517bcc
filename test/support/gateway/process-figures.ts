import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type RunningProcess } from './process.js';

/** Resident, in MiB. */
export function memoryOf({ pid }: RunningProcess): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** How many sockets it has open. */
export function socketsOf({ pid }: RunningProcess): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
