import { type CachedAnswer, keptBytesOf } from '../store/store.js';

/** One entry of Redis. It may be used only after Redis has confirmed its fill for the same request. */
export interface Copy {
  readonly fill: string;
  readonly cached: CachedAnswer;
}

/** Copies of entries, which Redis then need not send again: an LRU bounded in bytes. */
export class RedisCopies {
  private readonly copies = new Map<string, Copy>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get(key: string): Copy | undefined {
    const copy = this.copies.get(key);
    if (!copy) return undefined;
    this.copies.delete(key);
    this.copies.set(key, copy);
    return copy;
  }

  keep(key: string, copy: Copy): void {
    this.drop(key);
    this.copies.set(key, copy);
    this.bytes += keptBytesOf(copy.cached);
    for (const oldest of this.copies.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const copy = this.copies.get(key);
    if (!copy) return;
    this.copies.delete(key);
    this.bytes -= keptBytesOf(copy.cached);
  }

  get heldBytes(): number {
    return this.bytes;
  }
}
