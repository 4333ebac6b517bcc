import { type Answer } from '../upstream/answer.js';

/**
 * Where one answer is kept: for one credential, in one zone, to one question. Each part is an HMAC, so that neither a
 * credential nor a zone stands in a store.
 */
export interface Place {
  readonly zone: string;
  readonly credential: string;
  /** What was asked: unique among all credentials and zones. */
  readonly key: string;
}

/** An answer as it is kept. Times are those of `performance.now()`, which cannot be set. */
export interface CachedAnswer {
  readonly answer: Answer;
  /** Strong: of the bytes. */
  readonly etag: string;
  readonly storedAt: number;
  readonly freshUntil: number;
  /** Until when it may be shown where upstream fails. */
  readonly staleUntil: number;
}

/** What an entry costs besides its body: keys, objects, and the parsed and compressed forms that it may come to hold. */
const overheadBytes = 1024;
const formsFactor = 4;

/** About how much memory it takes where a process keeps it. */
export function keptBytesOf({ answer }: CachedAnswer): number {
  return overheadBytes + formsFactor * answer.body.length;
}

/** The right to fill a place, as long as the zone stays as it was when the turn was taken. */
export interface Turn {
  readonly place: Place;
  /** Of the zone and of the credential: what is kept counts only under the same. */
  readonly generation: string;
  readonly beganAt: number;
  /** A change was made here in the last minutes, and Cloudflare may still be settling. */
  readonly isSettling: boolean;
  /** Held against other leaders; null where none is held. */
  readonly lock: string | null;
}

/** How a zone stood before a change began, as its store names it. */
export interface Before {
  /** The generation that the change gave the zone. */
  readonly given: string;
  /** The one that the zone had; empty where it had none that counts. */
  readonly generation: string;
  /** When the zone was changed before that, on the store's clock. */
  readonly changedAt: number;
}

export type Look =
  /** Fresh, and confirmed under the zone's generation. */
  | { readonly kind: 'hit'; readonly cached: CachedAnswer }
  /** Fetch, then fill or give up. `stale` is what was known until now, under the same generation. */
  | { readonly kind: 'lead'; readonly turn: Turn; readonly stale: CachedAnswer | null }
  /** Somebody else is fetching under this generation. */
  | { readonly kind: 'wait'; readonly generation: string }
  /** A change is under way: fetch, and keep nothing. */
  | { readonly kind: 'bypass' };

/**
 * Keeps answers, and what they are valid under. Both implementations pass the same suite.
 *
 * The rule that all of it serves: what was fetched before a change began is never kept after it. BEGIN changes the
 * generation of the zone before the change is sent; a FILL is refused where the generation is not the one its turn
 * was taken under, or while a change is under way.
 *
 * @throws StoreUnavailable from any method, where the store cannot be asked
 */
export interface CacheStore {
  /** @param refresh what is there is not good enough: answers `lead` without a lock, or `bypass` */
  look(place: Place, refresh?: boolean): Promise<Look>;
  /** Resolves to whether it was kept. Ends the turn. */
  fill(turn: Turn, cached: CachedAnswer): Promise<boolean>;
  /** Ends a turn that brought nothing to keep; what was kept until then stays. */
  giveUp(turn: Turn): Promise<void>;
  /** Ends a turn that brought a refusal: what was kept until then is removed. */
  drop(turn: Turn): Promise<void>;
  /** Called while a leader fetches, so that its lock outlives it only shortly. */
  renew(turn: Turn): Promise<void>;

  /** A new generation, and from here on nothing is kept until `end`, or for as long as an intent lives. */
  begin(zone: string, intent: string): Promise<Before>;
  /** A new generation, and the intent is over: what is fetched from here on may be kept. */
  end(zone: string, intent: string): Promise<void>;
  /**
   * The intent is over, and nothing was changed: the zone has the generation again that it had before, and all that is kept
   * under it. Where other changes came between, theirs counts.
   */
  lift(zone: string, intent: string, before: Before): Promise<void>;

  /** Forgets everything kept for a credential, in one zone or in all. */
  forget(credential: string, zone?: string): Promise<void>;

  /** Lets go of connections. */
  close(): void;
}

export const intentLivesMs = 60_000;
export const leaseMs = 2000;
/** How long after a change Cloudflare may still be settling. */
export const settlingMs = 5 * 60_000;

export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';

  /** @param isLasting whether it lasts until something is configured otherwise: no retry mends it */
  constructor(
    message: string,
    readonly isLasting = false,
  ) {
    super(message);
  }
}
