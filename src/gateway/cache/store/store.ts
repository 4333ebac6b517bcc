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

/** Memory of an entry besides its body: keys, objects, and the parsed and compressed forms of the body. */
const overheadBytes = 1024;
const formsFactor = 4;

/** The approximate memory that a cached answer takes. */
export function keptBytesOf({ answer }: CachedAnswer): number {
  return overheadBytes + formsFactor * answer.body.length;
}

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
}

/** The state of a zone before a change began. */
export interface Before {
  /** The generation that the change gave the zone. */
  readonly given: string;
  /** The one that the zone had; empty if none was valid. */
  readonly generation: string;
  /** The time of the change before, on the store's clock. */
  readonly changedAt: number;
}

export type Look =
  /** Fresh, and valid under the zone's generation. */
  | { readonly kind: 'hit'; readonly cached: CachedAnswer }
  /** The caller fetches, then fills, drops or gives up. `stale` is the expired answer of the same generation. */
  | { readonly kind: 'lead'; readonly turn: Turn; readonly stale: CachedAnswer | null }
  /** Another caller fetches under this generation. */
  | { readonly kind: 'wait'; readonly generation: string }
  /** A change is under way: fetch, and store nothing. */
  | { readonly kind: 'bypass' };

/**
 * Stores answers, and the generations that they are valid under. Both implementations pass the same suite.
 *
 * Invariant: an answer that was fetched before a change began is never stored after it. `begin` changes the generation of the
 * zone before the change is sent; `fill` is refused if the generation is not that of its turn, or while a change is under way.
 *
 * @throws StoreUnavailable from any method, if the store cannot be used
 */
export interface CacheStore {
  /** @param refresh ignores the entry that is there: resolves to `lead` without a lock, or to `bypass` */
  look(place: Place, refresh?: boolean): Promise<Look>;
  /** The fresh answer; null without one, or while a change is under way. Takes no lock. */
  peek(place: Place): Promise<CachedAnswer | null>;
  /** Ends the turn. Resolves to whether the answer was stored. */
  fill(turn: Turn, cached: CachedAnswer): Promise<boolean>;
  /** Ends a turn without an answer to store; the entry that is there stays. */
  giveUp(turn: Turn): Promise<void>;
  /** Ends a turn whose call was refused: the entry that is there is removed. */
  drop(turn: Turn): Promise<void>;
  /** Extends the lock of a leader that is still fetching. The lock of one that died expires soon. */
  renew(turn: Turn): Promise<void>;

  /** Gives the zone a new generation. Nothing is stored until `end`, or until the intent expires. */
  begin(zone: string, intent: string): Promise<Before>;
  /** Gives the zone a new generation and ends the intent: answers fetched from now on may be stored. */
  end(zone: string, intent: string): Promise<void>;
  /** Ends the intent of a refused change and restores the generation from before, unless another change came between. */
  lift(zone: string, intent: string, before: Before): Promise<void>;

  /** Invalidates all entries of a credential, in one zone or in all. */
  forget(credential: string, zone?: string): Promise<void>;
}

export const intentLivesMs = 60_000;
export const leaseMs = 2000;
/** After a change Cloudflare may be settling for this long. */
export const settlingMs = 5 * 60_000;
