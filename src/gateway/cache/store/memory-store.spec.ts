import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { keptMemory } from './kept-memory.js';
import { MemoryStore } from './memory-store.js';
import { type Place } from './store.js';

const aPlace = (n: number): Place => ({ zone: `zone-${n}`, credential: 'who', key: `key-${n}` });

describe('MemoryStore', () => {
  it('MemoryStore stays within its size and evicts the least recently used answer', async () => {
    const now = Date.now();
    const store = new MemoryStore(keptMemory(1024 * 1024), () => now);
    const answer = new Answer(200, Buffer.alloc(50_000), {});
    const cached = { answer, etag: '""', storedAt: now, freshUntil: now + 1000, staleUntil: now + 1000 };
    const isKept = async (n: number) => {
      const look = await store.look(aPlace(n));
      if (look.kind === 'lead') await store.giveUp(look.turn);
      return look.kind === 'hit';
    };
    for (let n = 0; n < 40; n += 1) {
      const look = await store.look(aPlace(n));
      if (look.kind === 'lead') await store.fill(look.turn, cached);
      // Used after each fill, so it is never evicted.
      expect(await isKept(0)).toBe(true);
    }
    const kept = await Promise.all(Array.from({ length: 40 }, (_, n) => isKept(n)));
    const bodies = kept.filter(Boolean).length * answer.body.length;
    expect(bodies).toBeGreaterThan(0);
    // The bound also counts the overhead of each answer.
    expect(bodies).toBeLessThan(1024 * 1024);
    expect(kept[39]).toBe(true);
    expect(kept[1]).toBe(false);
  });
});
