import { type CachedAnswer } from './store.js';

/** One fill, as it was when Redis last named it: nothing that may be used before Redis names it again. */
export interface Copy {
  readonly fill: string;
  readonly cached: CachedAnswer;
}

/** What an entry costs besides its body: keys, objects, and the parsed and compressed forms that it may come to hold. */
const overheadBytes = 1024;
const formsFactor = 4;

/** Copies of what Redis holds, so that it need not send them again. Bounded in bytes; the least recently used go first. */
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
    this.bytes += sizeOf(copy);
    for (const oldest of this.copies.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const copy = this.copies.get(key);
    if (!copy) return;
    this.copies.delete(key);
    this.bytes -= sizeOf(copy);
  }

  get heldBytes(): number {
    return this.bytes;
  }
}

function sizeOf({ cached }: Copy): number {
  return overheadBytes + formsFactor * cached.answer.body.length;
}
