import { LRUCache } from 'lru-cache';
import { type Seal } from '../store/seal.js';
import { type CachedAnswer, keptBytesOf, type Place, type Turn } from '../store/store.js';
import { type InTime } from './reply.js';

/** One entry of Redis. It may be used only after Redis has confirmed its fill for the same request. */
export interface Copy {
  readonly fill: string;
  readonly cached: CachedAnswer;
}

/** Seals and opens the entries in Redis, and has copies of the last ones, which Redis then need not send again. */
export class RedisEntries {
  readonly copies: LRUCache<string, Copy>;

  constructor(
    private readonly seal: Seal,
    maxBytes: number,
  ) {
    // A size of 0 is no bound for the library.
    const maxSize = Math.max(1, maxBytes);
    this.copies = new LRUCache({ maxSize, sizeCalculation: ({ cached }) => keptBytesOf(cached) });
  }

  /** Seals an answer for FILL. Null if it is too old or too large to be stored. */
  close({ place, generation }: Turn, cached: CachedAnswer) {
    const now = performance.now();
    const freshMs = Math.max(0, Math.ceil(cached.freshUntil - now));
    const keptMs = Math.max(freshMs, Math.ceil(cached.staleUntil - now));
    const value = keptMs > 0 ? this.seal.seal({ key: place.key, generation }, cached) : null;
    return value && { value, freshMs, keptMs };
  }

  /** Null if the value does not open. */
  open(
    place: Place,
    { fill, generation, age, value }: InTime & { kind: 'hit' | 'lead' },
  ): CachedAnswer | null {
    const opened = this.seal.open({ key: place.key, generation }, value);
    if (!opened) return null;
    // The age is by Redis' clock; the lifetimes are in the sealed value.
    const storedAt = performance.now() - age;
    const cached = {
      ...opened,
      storedAt,
      freshUntil: storedAt + opened.freshUntil - opened.storedAt,
      staleUntil: storedAt + opened.staleUntil - opened.storedAt,
    };
    this.copies.set(place.key, { fill, cached });
    return cached;
  }

  /** The entry that a leader may show if upstream fails; null without one. */
  stale(place: Place, reply: InTime & { kind: 'lead' }, copy: Copy | undefined): CachedAnswer | null {
    if (reply.fill === '') {
      this.copies.delete(place.key);
      return null;
    }
    return copy?.fill === reply.fill ? copy.cached : this.open(place, reply);
  }
}
