import { type Outcome, type ReadKind, type Scenario } from '../state.js';

interface Bounds extends Pick<Scenario, 'readers' | 'writers' | 'faults'> {
  /** Fewer states than these are suspicious: a model that explores nothing finds nothing. */
  readonly leastStates: number;
}

/** A scenario with small bounds for each run of the tests, and with larger ones for `npm run test:model`. */
export interface Sized extends Pick<Scenario, 'forgets'> {
  /** The steps that the scenario is about: each has to be taken. */
  readonly takes: readonly string[];
  readonly small: Bounds;
  readonly full: Bounds;
}

export function bounds(
  readers: Scenario['readers'],
  writers: Scenario['writers'],
  faults: Scenario['faults'],
  leastStates: number,
): Bounds {
  return { readers, writers, faults, leastStates };
}

/** A reader in the first replica, and one in the second. */
export const first = (...reads: ReadKind[]) => [0, ...reads] as const;
export const second = (...reads: ReadKind[]) => [1, ...reads] as const;

export const read: ReadKind = 'read';
export const confirm: ReadKind = 'confirm';
export const noCache: ReadKind = 'noCache';

export const changes: Outcome[] = ['applied'];
export const isRefused: Outcome[] = ['refused'];
export const isUnknown: Outcome[] = ['unknown'];
export const changesOrIsRefused: Outcome[] = ['applied', 'refused'];
export const changesOrIsUnknown: Outcome[] = ['applied', 'unknown'];
export const endsBehind: Outcome[] = ['behind'];
