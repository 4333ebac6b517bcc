import { type Outgoing } from '../load/requests.js';
import { type RunningProcess } from '../machine/running-process.js';
import { type Upstream } from '../targets/upstream.js';

export interface Target {
  readonly name: string;
  readonly process: RunningProcess;
  /** The Redis that it uses. */
  readonly redis?: RunningProcess;
  /** As whom it is asked, if not as the others are. */
  readonly authorization?: string;
}

export interface Stage {
  /** The upstream of all targets. */
  readonly upstream: Upstream;
  /** In the order in which they are reported. */
  readonly targets: readonly Target[];
}

/** The requests as they are sent to a target. */
export function requestsTo({ authorization }: Target, requests: readonly Outgoing[]): Outgoing[] {
  return requests.map((each) =>
    authorization === undefined ? each : { ...each, headers: { ...each.headers, authorization } },
  );
}

/** Each round begins with another target than the one before, so that changes of the machine's load affect all alike. */
export function rotated<T>(all: readonly T[], round: number): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
