import { type Rules } from './rules.js';

/*
 * The model: one zone, one credential and one key of the cache over Redis, with leases. Time is one discrete clock for all.
 *
 * Left out, because it only ends what is kept earlier, or is the same once more: the lock, the lifetime of entries, other zones,
 * answers that are made of several entries. Left out, and not shown here: a process whose clock stands still, and the slots of a
 * cluster, where the epoch of a credential has a lease of its own.
 *
 * Accepted gaps, which no scenario has: END is executed after the acknowledgement, and Redis lost its intent before; a master
 * that is cut off from the others continues to answer.
 */

/** A nonce. 0 stands for none. Only equality counts: states that differ in names alone are one state (`key.ts`). */
export type Name = number;

/** What upstream has: 0 at first, and one more with each change, so that a smaller value is an older one. */
export type Value = number;

/** The full generation, `g.epochZC.epochC`: an entry, a copy and a lease are valid under one of them. */
export interface Generation {
  readonly zone: Name;
  /** Of the zone and the credential. */
  readonly zoneEpoch: Name;
  readonly credentialEpoch: Name;
}

export interface Kept {
  readonly generation: Generation;
  readonly value: Value;
}

export interface Intent {
  readonly id: Name;
  /** Expired by Redis's clock; it stays in the set until a script removes it. */
  readonly isExpired: boolean;
}

/** The keys of one zone and one credential. */
export interface Redis {
  /** The replication id. */
  readonly server: Name;
  /** `g` and `r` of the zone's hash; null if the hash is absent. */
  readonly zone: { readonly generation: Name; readonly server: Name } | null;
  readonly intents: readonly Intent[];
  readonly zoneEpoch: Name;
  readonly credentialEpoch: Name;
  readonly entry: Kept | null;
  /** What LIFT has remembered: by the generation that a refused change gave, the one that it found. */
  readonly lifted: readonly { readonly given: Name; readonly found: Name }[];
}

/** A process of the gateway. */
export interface Replica {
  readonly copy: Kept | null;
  /** A lease that has run out is null. */
  readonly lease: { readonly generation: Generation; readonly until: number } | null;
  /** The oldest value that a read may get that begins now in this replica. */
  readonly floor: Value;
}

/** `read` asks for the entry; `confirm` for the generation alone, as a read of another key does; `noCache` is a caller's `no-cache`. */
export type ReadKind = 'read' | 'confirm' | 'noCache';

/**
 * - `idle`: sends LOOK next, if it has reads left
 * - `looking`: LOOK is sent; `answered`: LOOK was executed, the reply is under way
 * - `leading`: it has the turn, and fetches next; `fetched`: it sends FILL next
 * - `filling`: FILL is sent; `filled`: FILL has stored the entry, the reply is under way
 */
export type ReaderStage = 'idle' | 'looking' | 'answered' | 'leading' | 'fetched' | 'filling' | 'filled';

/** Sends LOOK and FILL for one replica, one read after another. */
export interface Reader {
  readonly replica: number;
  readonly left: readonly ReadKind[];
  readonly stage: ReaderStage;
  readonly kind: ReadKind;
  readonly sentAt: number;
  /** Of the reply, and of the turn; null after a bypass. */
  readonly generation: Generation | null;
  /** What the reply to LOOK or upstream has said; -1 before. */
  readonly value: Value;
  /** The epoch that the FILL of a `no-cache` read writes, where it is not another one with each attempt. */
  readonly epoch: Name;
  /** FORGET was sent, or its reply came, while LOOK or FILL was under way. */
  readonly isVoid: boolean;
}

/**
 * - `ready`: sends BEGIN next; `beginning`: BEGIN is sent
 * - `calling`: the call to upstream is under way
 * - `applied`: upstream has made the change; END comes next
 * - `refused`: upstream refused the credential; LIFT comes next
 * - `unknown`: the call had no answer; upstream may still make the change
 * - `waiting`: END was answered, but the writer waits once more
 * - `behind`: acknowledged, because END took too long; END is still tried
 */
export type WriterStage =
  'ready' | 'beginning' | 'calling' | 'applied' | 'refused' | 'unknown' | 'waiting' | 'behind' | 'done';

export interface Writer {
  readonly stage: WriterStage;
  /** What may come of its change. */
  readonly outcomes: readonly Outcome[];
  readonly intent: Name;
  /** The generation that BEGIN gave, and the one that it found; 0 if none was valid. */
  readonly given: Name;
  readonly found: Name;
  /** Where BEGIN was executed. */
  readonly server: Name;
  /** From when the writer may send END, or acknowledge. */
  readonly waitsUntil: number;
  readonly value: Value;
}

/** A BEGIN whose reply was lost: it is executed at any time, or never. So is its END. */
export interface Stray {
  readonly intent: Name;
  readonly isBegun: boolean;
  readonly isEnded: boolean;
}

/** A call of replica 0 was answered that the credential is refused: the replica sends FORGET. */
export interface Forget {
  readonly stage: 'ready' | 'sent' | 'executed' | 'done';
  readonly value: Value;
}

/** How often each fault may still happen. */
export interface Faults {
  readonly ticks: number;
  /** Redis loses all keys. */
  readonly flushes: number;
  /** Redis evicts the intents. */
  readonly evictions: number;
  /** A lagging replica of Redis, or an empty one, becomes the master. */
  readonly failovers: number;
  /** Redis's clock passes the expiry of an intent. */
  readonly expiries: number;
  /** Redis's clock is set back: expired intents that are still in the set are valid again. */
  readonly clockSteps: number;
  /** A BEGIN has no reply in time. */
  readonly strays: number;
  /** The reply to END, LIFT or the FILL of a `no-cache` read is lost, and the process tries again. */
  readonly lostReplies: number;
  /** Upstream is changed, but not through the gateway. */
  readonly changesElsewhere: number;
}

/** A value that was shown to a `no-cache` read or to FORGET: L later every replica shows it, or a newer one. */
interface Pledge {
  readonly value: Value;
  readonly from: number;
}

export interface State {
  readonly now: number;
  /** The last nonce in use. */
  readonly nonce: Name;
  readonly redis: Redis;
  /** What Redis's own replica has received; null if nothing. */
  readonly backup: Redis | null;
  readonly upstream: Value;
  readonly replicas: readonly Replica[];
  readonly readers: readonly Reader[];
  readonly writers: readonly Writer[];
  readonly strays: readonly Stray[];
  readonly forget: Forget;
  readonly pledges: readonly Pledge[];
  readonly left: Faults;
}

export type Outcome = 'applied' | 'refused' | 'unknown' | 'behind';

/** What is explored: who takes part, how often they act, and what may go wrong. */
export interface Scenario {
  readonly title: string;
  /** By reader: its replica, and its reads in order. */
  readonly readers: readonly (readonly [replica: number, ...reads: ReadKind[]])[];
  /** By writer, what may come of its change. */
  readonly writers: readonly (readonly Outcome[])[];
  readonly faults: Partial<Faults> & { readonly ticks: number };
  /** Replica 0 may send FORGET once. */
  readonly forgets?: boolean;
}

/** Of the explorer: `next` is a state that follows by `step`. */
export type Emit = (step: string, next: State) => void;

/** The terms of writers (W) and readers (L), in ticks. The code has W > L; the model shows that W = L is enough. */
export const writersTerm = 2;

export function readersTerm(rules: Rules): number {
  return rules.leaseIsShort ? writersTerm : 2 * writersTerm;
}

/** Whether LOOK or FILL is under way, or its reply. */
export function isUnderWay(stage: ReaderStage): boolean {
  return stage === 'looking' || stage === 'answered' || stage === 'filling' || stage === 'filled';
}

export function isSame(a: Generation, b: Generation): boolean {
  return a.zone === b.zone && a.zoneEpoch === b.zoneEpoch && a.credentialEpoch === b.credentialEpoch;
}

/** `list` with another member at `index`. */
export function replaced<T>(list: readonly T[], index: number, by: T): readonly T[] {
  const copy = list.slice();
  copy[index] = by;
  return copy;
}

const noFaults: Faults = {
  ticks: 0,
  flushes: 0,
  evictions: 0,
  failovers: 0,
  expiries: 0,
  clockSteps: 0,
  strays: 0,
  lostReplies: 0,
  changesElsewhere: 0,
};

export const idle = {
  stage: 'idle',
  kind: 'read',
  sentAt: 0,
  generation: null,
  value: -1,
  epoch: 0,
  isVoid: false,
} as const;

export const notBegun = {
  stage: 'ready',
  intent: 0,
  given: 0,
  found: 0,
  server: 0,
  waitsUntil: 0,
  value: -1,
} as const;

export function emptyRedis(server: Name): Redis {
  return { server, zone: null, intents: [], zoneEpoch: 0, credentialEpoch: 0, entry: null, lifted: [] };
}

export function initialState({ readers, writers, faults, forgets }: Scenario): State {
  const replicas = 1 + Math.max(0, ...readers.map(([replica]) => replica));
  return {
    now: 0,
    nonce: 1,
    redis: emptyRedis(1),
    backup: null,
    upstream: 0,
    replicas: Array.from({ length: replicas }, () => ({ copy: null, lease: null, floor: 0 })),
    readers: readers.map(([replica, ...left]) => ({ replica, left, ...idle })),
    writers: writers.map((outcomes) => ({ ...notBegun, outcomes })),
    strays: [],
    forget: { stage: forgets ? 'ready' : 'done', value: 0 },
    pledges: [],
    left: { ...noFaults, ...faults },
  };
}
