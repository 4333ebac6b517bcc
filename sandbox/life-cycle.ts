/**
 * Certificates and associations have the same life cycle. Only the times of its begin and end are kept; each read derives
 * the status from the clock, so there are no timers.
 *
 *     upload -> pending_deployment -> active        delete, void -> pending_deletion -> deleted
 */

/** The seven of the spec. No operation leads to `initializing` or the two time-outs; the seed has one of them. */
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
  /** The status of a seeded item, which stays until a write replaces it. */
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
