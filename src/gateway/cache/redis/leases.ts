import { LRUCache } from 'lru-cache';

/** How long this process may give its copies of a zone's answers without asking Redis again. */
export const leaseMs = 40;
/** How long a change waits, from the reply to BEGIN, until it is acknowledged: every lease from before has ended then. */
export const outliveLeasesMs = 50;
/** A lease that is used after this time is renewed, so that reads that go on do not wait for Redis. */
export const renewAfterMs = 30;
/** How far the two clocks may differ within one lease. */
const clocksMayDifferMs = 5;
/** Of one term: a reader without a lease asks Redis. */
export const mostLeases = 10_000;

/** A time on two clocks: the monotonic one, which stops while the machine is suspended, and that of the day. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export interface Clocks {
  now(): Moment;
}

const machineClocks: Clocks = { now: () => ({ monotonic: performance.now(), wall: Date.now() }) };

class Lease {
  private isBeingRenewed = false;

  /** @param sent when the question was sent that Redis answered with the generation */
  constructor(
    readonly generation: string,
    readonly sent: Moment,
  ) {}

  isValid(now: Moment): boolean {
    const elapsed = now.wall - this.sent.wall;
    return (
      now.monotonic < this.sent.monotonic + leaseMs && elapsed >= 0 && elapsed < leaseMs + clocksMayDifferMs
    );
  }

  /** Whether the caller should renew it. True once. */
  isDue(now: Moment): boolean {
    if (this.isBeingRenewed || now.monotonic < this.sent.monotonic + renewAfterMs) return false;
    return (this.isBeingRenewed = true);
  }
}

type LeasesByZone = Map<string, Lease>;

/**
 * What Redis said of the generations, and for how long it may be relied on. A lease counts from the time when the question was
 * sent. Both clocks are read each time that a lease is used: after a pause of the process a lease is never taken for valid.
 *
 * A lease takes part in two terms at most: with each term the leases of the one before the last are dropped.
 */
export class Leases {
  private current = new Map<string, LeasesByZone>();
  private previous = new Map<string, LeasesByZone>();
  private count = 0;
  private termEndsAt = -Infinity;
  /** When leases were ended, by credential, by zone, and by both: a question that was sent before gives no lease. */
  private readonly ended = new LRUCache<string, number>({ max: mostLeases });

  constructor(
    private readonly clocks: Clocks = machineClocks,
    private readonly most = mostLeases,
  ) {}

  now(): Moment {
    return this.clocks.now();
  }

  /** The lease that is valid at a moment, which has to be now; null without one. */
  valid(zone: string, credential: string, now = this.now()): Lease | null {
    const lease = this.current.get(credential)?.get(zone) ?? this.previous.get(credential)?.get(zone);
    return lease?.isValid(now) ? lease : null;
  }

  /** @param sent when the question was sent, or earlier */
  grant(zone: string, credential: string, generation: string, sent: Moment): void {
    const lease = new Lease(generation, sent);
    const now = this.now();
    if (!lease.isValid(now) || this.hasEnded(zone, credential, sent)) return;
    if (now.monotonic >= this.termEndsAt) this.beginTerm(now);
    if (this.count >= this.most) return;
    const zones = this.current.get(credential) ?? new Map<string, Lease>();
    this.current.set(credential, zones.set(zone, lease));
    this.count += 1;
  }

  /** Ends the leases of a credential, in one zone or in all. */
  end(credential: string, zone?: string): void {
    this.ended.set(zone === undefined ? credential : bothOf(zone, credential), this.now().monotonic);
    for (const term of [this.current, this.previous]) {
      if (zone === undefined) term.delete(credential);
      else term.get(credential)?.delete(zone);
    }
  }

  /** Ends the leases of a zone. */
  endZone(zone: string): void {
    this.ended.set(zone, this.now().monotonic);
    for (const term of [this.current, this.previous]) for (const zones of term.values()) zones.delete(zone);
  }

  private hasEnded(zone: string, credential: string, { monotonic }: Moment): boolean {
    if (this.ended.size === 0) return false;
    return [credential, zone, bothOf(zone, credential)].some(
      (key) => (this.ended.get(key) ?? -Infinity) >= monotonic,
    );
  }

  private beginTerm({ monotonic }: Moment): void {
    // After a longer time, no lease of the last term is valid either.
    this.previous = monotonic < this.termEndsAt + leaseMs ? this.current : new Map<string, LeasesByZone>();
    this.current = new Map();
    this.count = 0;
    this.termEndsAt = monotonic + leaseMs;
  }
}

function bothOf(zone: string, credential: string): string {
  return `${zone} ${credential}`;
}
