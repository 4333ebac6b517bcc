/**
 * Certificates and associations age alike, and lazily: when something began and ended is kept, and the status is
 * worked out from the clock whenever it is read. There are no timers.
 *
 *     upload -> pending_deployment -> active        delete, void -> pending_deletion -> deleted
 */

/** The spec's seven. `initializing` and the two time-outs are never reached from here; the seed has one. */
export const statuses = [
  'initializing',
  'pending_deployment',
  'active',
  'pending_deletion',
  'deleted',
  'deployment_timed_out',
  'deletion_timed_out',
] as const;

export type Status = (typeof statuses)[number];

export interface Life {
  readonly beganAt: number;
  readonly endedAt?: number;
  /** Seeded things stay as they are, until a write gives them a new life. */
  readonly frozen?: Status;
}

export interface Delays {
  deployMs: number;
  deleteMs: number;
  voidMs: number;
}

export function begun(now: number): Life {
  return { beganAt: now };
}

export function ended(life: Life, now: number): Life {
  return { beganAt: life.beganAt, endedAt: now };
}

export function statusAt(now: number, life: Life, takes: { toBeginMs: number; toEndMs: number }): Status {
  if (life.frozen !== undefined) return life.frozen;
  if (life.endedAt !== undefined) {
    return now < life.endedAt + takes.toEndMs ? 'pending_deletion' : 'deleted';
  }
  return now < life.beganAt + takes.toBeginMs ? 'pending_deployment' : 'active';
}
