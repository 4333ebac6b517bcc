import { type Seal } from '../seal.js';
import { type CachedAnswer, type Place, type Turn } from '../store.js';
import { type Copy, RedisCopies } from './copies.js';
import { type InTime } from './reply.js';

/** A sealed entry, as FILL takes it. */
export interface SealedEntry {
  readonly value: Buffer;
  readonly freshMs: number;
  readonly keptMs: number;
}

/** Seals and opens the entries in Redis, and has copies of those opened last. */
export class RedisEntries {
  private readonly copies: RedisCopies;

  constructor(
    private readonly seal: Seal,
    maxBytes: number,
  ) {
    this.copies = new RedisCopies(maxBytes);
  }

  copy({ key }: Place): Copy | undefined {
    return this.copies.get(key);
  }

  keep({ key }: Place, copy: Copy): void {
    this.copies.keep(key, copy);
  }

  forget({ key }: Place): void {
    this.copies.drop(key);
  }

  /** Null if the answer is too old or too large to be stored. */
  close({ place, generation }: Turn, cached: CachedAnswer): SealedEntry | null {
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
    this.keep(place, { fill, cached });
    return cached;
  }

  /** The entry that a leader may show if upstream fails; null without one. */
  stale(place: Place, reply: InTime & { kind: 'lead' }, copy: Copy | undefined): CachedAnswer | null {
    if (reply.fill === '') {
      this.forget(place);
      return null;
    }
    return copy?.fill === reply.fill ? copy.cached : this.open(place, reply);
  }
}
