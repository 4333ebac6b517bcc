import { type Copy, RedisCopies } from './copies.js';
import { type InTime } from './reply.js';
import { type Seal } from '../seal.js';
import { type CachedAnswer, type Place, type Turn } from '../store.js';

/** An answer as FILL takes it. */
export interface Fillable {
  readonly value: Buffer;
  readonly freshMs: number;
  readonly keptMs: number;
}

/** Between the answers of this process and what stands in Redis: seals, opens, and holds copies. */
export class RedisKept {
  private readonly copies: RedisCopies;

  constructor(
    private readonly seal: Seal,
    maxBytes: number,
  ) {
    this.copies = new RedisCopies(maxBytes);
  }

  copy(place: Place): Copy | undefined {
    return this.copies.get(place.key);
  }

  keep(place: Place, copy: Copy): void {
    this.copies.keep(place.key, copy);
  }

  forget(place: Place): void {
    this.copies.drop(place.key);
  }

  /** Null where there is nothing to keep: too old already, or too large. */
  close({ place, generation }: Turn, cached: CachedAnswer): Fillable | null {
    const now = performance.now();
    const freshMs = Math.max(0, Math.ceil(cached.freshUntil - now));
    const keptMs = Math.max(freshMs, Math.ceil(cached.staleUntil - now));
    const value = keptMs > 0 ? this.seal.seal({ key: place.key, generation }, cached) : null;
    return value && { value, freshMs, keptMs };
  }

  /** Null where it does not open. */
  open(place: Place, reply: InTime & { kind: 'hit' | 'lead' }): CachedAnswer | null {
    const { fill, generation, age } = reply;
    const opened = this.seal.open({ key: place.key, generation }, reply.value);
    if (!opened) return null;
    // How long ago it was stored, Redis' clock says; how long it lives, what is sealed says.
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

  /** What was known until now by who leads; null where it was nothing. */
  stale(place: Place, reply: InTime & { kind: 'lead' }, copy: Copy | undefined): CachedAnswer | null {
    if (reply.fill === '') {
      this.copies.drop(place.key);
      return null;
    }
    return copy?.fill === reply.fill ? copy.cached : this.open(place, reply);
  }
}
