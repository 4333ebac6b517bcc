import { LRUCache } from 'lru-cache';

/** What takes memory. */
export interface Sized {
  readonly bytes: number;
  /** Called when it is removed from memory, for whatever reason. */
  removed?(): void;
}

/** Memory of an answer besides its body: keys, objects, and the parsed and compressed forms of the body. */
const overheadBytes = 1024;
const formsFactor = 4;

/** The approximate memory that an answer with a body of that length takes. */
export function bytesOf(bodyLength: number): number {
  return overheadBytes + formsFactor * bodyLength;
}

/** All that the cache has in this process, under one bound: what was not used for the longest time is removed first. */
export type KeptMemory = LRUCache<string, Sized>;

export function keptMemory(maxBytes: number): KeptMemory {
  return new LRUCache<string, Sized>({
    // A size of 0 is no bound for the library.
    maxSize: Math.max(1, maxBytes),
    sizeCalculation: ({ bytes }) => bytes,
    dispose: (value) => value.removed?.(),
  });
}

/**
 * The same bytes in memory that holds nothing else: a small Buffer is a piece of one of 8 KiB, which stays as long as any
 * piece of it is kept.
 */
export function inOwnMemory(bytes: Buffer): Buffer {
  if (bytes.length === bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
