import { type Answer } from '../../../domain/cloudflare/answer.js';

/** The cache key of an answer. Each part is an HMAC, so that no store holds the id of a zone or a credential. */
export interface Place {
  readonly zone: string;
  readonly credential: string;
  /** Unique among all credentials, zones and questions. */
  readonly key: string;
}

/** A cached answer. Times are on the monotonic clock of `performance.now()`. */
export interface CachedAnswer {
  readonly answer: Answer;
  /** A strong validator, made from the body. */
  readonly etag: string;
  readonly storedAt: number;
  readonly freshUntil: number;
  /** Until then it may be shown if upstream fails. */
  readonly staleUntil: number;
}

/** A cached answer, and the generation that it is valid under. */
export interface Entry {
  readonly generation: string;
  readonly cached: CachedAnswer;
}

/** The generation of a zone and a credential. An answer is valid only as long as its generation stands. */
export interface Standing {
  readonly zone: string;
  readonly credential: string;
  readonly generation: string;
}

/**
 * Who wants an answer of Cloudflare instead of the one that is kept: the gateway, or a client by `no-cache`. After the answer to a
 * client, no other answer of its credential in the zone may be older, so its fill gives both a new generation. Reads of one request
 * have the same `renewal`, and are kept together. Where the answer is not stored, the caller forgets the credential in the zone.
 */
export type Refresh = { readonly for: 'gateway' } | { readonly for: 'client'; readonly renewal: string };

/** The right to fill a place. It ends when the generation changes. */
export interface Turn {
  readonly place: Place;
  /** Of the zone and the credential. An entry is valid only under its generation. */
  readonly generation: string;
  readonly beganAt: number;
  /** The zone was changed in the last minutes, and Cloudflare may still be settling. */
  readonly isSettling: boolean;
  /** Excludes other leaders; null if the turn has no lock. */
  readonly lock: string | null;
  /** Null for a turn that has a lock. */
  readonly refresh: Refresh | null;
  /** How long the store took to give the turn. Its end may take what is left of the time that a read may wait for the store. */
  readonly waitedMs: number;
}

/** A change under way, and the state of its zone before. */
export interface Intent {
  readonly zone: string;
  readonly id: string;
  /** The generation that the change gave the zone. */
  readonly given: string;
  /** The one that the zone had; empty if none was valid. */
  readonly generation: string;
  /** The time of the change before, on the store's clock. */
  readonly changedAt: number;
}

export type Look =
  /** Fresh, and valid under the zone's generation. */
  | ({ readonly kind: 'hit' } & Entry)
  /** The caller fetches, then fills, drops or gives up. `stale` is the expired answer of the same generation. */
  | { readonly kind: 'lead'; readonly turn: Turn; readonly stale: CachedAnswer | null }
  /** Another caller fetches under this generation. */
  | { readonly kind: 'wait'; readonly generation: string }
  /** A change is under way: fetch, and store nothing. */
  | { readonly kind: 'bypass' };

/**
 * Stores answers, and the generations that they are valid under. Both implementations pass the same suite.
 *
 * Invariants: an answer that was fetched before a change began is never stored after it, and none that was valid before it is
 * given after `end`. `begin` changes the generation of the zone before the change is sent; `fill` is refused if the generation is
 * not that of its turn, or while a change is under way; `end` resolves when no process can give older answers any more.
 *
 * @throws StoreUnavailable from any method that returns a promise, if the store cannot be used
 */
export interface CacheStore {
  /** The fresh answer, if this process knows that its generation stands. Answers at once, and asks no other process. */
  take(place: Place): Entry | null;
  /** Whether this process knows that each of these generations stands at this moment. */
  stand(standings: readonly Standing[]): boolean;
  /** Finds out the generations that `stand` and `take` need. */
  confirm(standings: readonly Standing[]): Promise<void>;

  /** @param refresh ignores the entry that is there: resolves to `lead` without a lock, or to `bypass` */
  look(place: Place, refresh?: Refresh): Promise<Look>;
  /** The fresh answer; null without one, or while a change is under way. Takes no lock. */
  peek(place: Place): Promise<CachedAnswer | null>;
  /** Ends the turn. Resolves to the generation that the answer is stored under; null if it is not stored. */
  fill(turn: Turn, cached: CachedAnswer): Promise<string | null>;
  /** Ends a turn without an answer to store; the entry that is there stays. */
  giveUp(turn: Turn): Promise<void>;
  /** Ends a turn whose call was refused: the entry that is there is removed. */
  drop(turn: Turn): Promise<void>;

  /** Gives the zone a new generation. Nothing is stored until `end`, or until the intent expires. */
  begin(zone: string): Promise<Intent>;
  /** Gives the zone a new generation and ends the intent: answers fetched from now on may be stored. May be repeated. */
  end(intent: Intent): Promise<void>;
  /** Ends the intent of a refused change and restores the generation from before, unless another change came between. */
  lift(intent: Intent): Promise<void>;

  /** Invalidates all entries of a credential, in one zone or in all. */
  forget(credential: string, zone?: string): Promise<void>;
}

export const intentLivesMs = 60_000;
/** How long a leader excludes other leaders. A slower call may be made again, once per process and time. */
export const lockMs = 2000;
/** After a change Cloudflare may be settling for this long. */
export const settlingMs = 5 * 60_000;

/**
 * The generation after a client's refresh.
 *
 * @param generation that of the zone, that of the credential in the zone, and that of the credential, with a dot between them
 */
export function renewedGeneration(generation: string, renewal: string): string {
  const [zone = '', , credential = ''] = generation.split('.');
  return [zone, renewal, credential].join('.');
}
