import { type Seal } from '../store/seal.js';
import { type CachedAnswer, type Place, type Turn } from '../store/store.js';
import { type Copy, RedisCopies } from './copies.js';
import { type InTime } from './reply.js';

/** Seals and opens the entries in Redis, and has copies of those opened last. */
export class RedisEntries {
  readonly copies: RedisCopies;

  constructor(
    private readonly seal: Seal,
    maxBytes: number,
  ) {
    this.copies = new RedisCopies(maxBytes);
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
    this.copies.keep(place.key, { fill, cached });
    return cached;
  }

  /** The entry that a leader may show if upstream fails; null without one. */
  stale(place: Place, reply: InTime & { kind: 'lead' }, copy: Copy | undefined): CachedAnswer | null {
    if (reply.fill === '') {
      this.copies.drop(place.key);
      return null;
    }
    return copy?.fill === reply.fill ? copy.cached : this.open(place, reply);
  }
}
