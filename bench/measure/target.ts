import { type RunningProcess } from '../machine/running-process.js';
import { type Upstream } from '../targets/upstream.js';

export interface Target {
  readonly name: string;
  readonly process: RunningProcess;
  /** The Redis that it uses. */
  readonly redis?: RunningProcess;
}

export interface Stage {
  /** The upstream of all targets. */
  readonly upstream: Upstream;
  /** In the order in which they are reported. */
  readonly targets: readonly Target[];
}

/** Each round begins with another target than the one before, so that changes of the machine's load affect all alike. */
export function rotated<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
