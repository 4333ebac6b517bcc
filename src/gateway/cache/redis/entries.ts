import { bytesOf, type KeptMemory, type Sized } from '../store/kept-memory.js';
import { type Seal } from '../store/seal.js';
import { type CachedAnswer, type Entry, type Place } from '../store/store.js';
import { type Found } from './reply.js';

/** A copy of an entry of Redis. */
export class Copy implements Entry, Sized {
  readonly bytes: number;

  constructor(
    readonly generation: string,
    readonly cached: CachedAnswer,
    readonly fill: string,
  ) {
    this.bytes = bytesOf(cached.answer.body.length);
  }
}

/** Seals and opens the entries in Redis, and has copies of the last ones. */
export class RedisEntries {
  constructor(
    private readonly seal: Seal,
    private readonly memory: KeptMemory,
  ) {}

  /** Seals an answer for FILL. Null if it is too old or too large to be stored. */
  close({ key }: Place, generation: string, cached: CachedAnswer) {
    const now = performance.now();
    const freshMs = Math.max(0, Math.ceil(cached.freshUntil - now));
    const keptMs = Math.max(freshMs, Math.ceil(cached.staleUntil - now));
    const value = keptMs > 0 ? this.seal.seal({ key, generation }, cached) : null;
    return value && { value, freshMs, keptMs };
  }

  copy({ key }: Place): Copy | undefined {
    const known = this.memory.get(key);
    return known instanceof Copy ? known : undefined;
  }

  keep({ key }: Place, copy: Copy): void {
    this.memory.set(key, copy);
  }

  forget({ key }: Place): void {
    this.memory.delete(key);
  }

  /**
   * The entry that Redis has found. Null without one, or if its value does not open.
   *
   * @param sentAt when Redis was asked: the entry expires here no later than in Redis
   */
  found(place: Place, { fill, generation, age, value }: Found, copy: Copy | undefined, sentAt: number) {
    if (fill === '') {
      this.forget(place);
      return null;
    }
    if (copy?.fill === fill) return copy;
    const opened = this.seal.open({ key: place.key, generation }, value);
    if (!opened) return null;
    // The age is by the clock of Redis; the lifetimes are in the sealed value.
    const storedAt = sentAt - age;
    const cached = {
      ...opened,
      storedAt,
      freshUntil: storedAt + opened.freshUntil - opened.storedAt,
      staleUntil: storedAt + opened.staleUntil - opened.storedAt,
    };
    const made = new Copy(generation, cached, fill);
    this.keep(place, made);
    return made;
  }
}
