import { Answer } from '../../../src/domain/cloudflare/answer.js';
import { operations } from '../../../src/domain/cloudflare/operations.js';
import { keptMemory } from '../../../src/gateway/cache/store/kept-memory.js';
import { MemoryStore } from '../../../src/gateway/cache/store/memory-store.js';
import { type Place, type Refresh } from '../../../src/gateway/cache/store/store.js';
import { ZoneCache } from '../../../src/gateway/cache/zone-cache.js';

const rules = {
  fence: 'strict' as const,
  list: 15,
  item: 30,
  pending: 2,
  notFound: 5,
  staleIfError: 600,
};
export const place: Place = { zone: 'zone', credential: 'who', key: 'what' };

export function answerOf(result: unknown, status = 200): Answer {
  const success = status < 300;
  return new Answer(status, Buffer.from(JSON.stringify({ success, result })), {});
}

export const noCache = { for: 'client', renewal: 'one' } as const;

/** A cache with a clock and an upstream that the test controls. */
export function aCache() {
  let now = 1_000_000;
  const clock = () => now;
  const store = new MemoryStore(keptMemory(1024 * 1024), clock);
  const cache = new ZoneCache(store, rules, clock);
  const fetches: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const fetch = () => new Promise<Answer>((resolve, reject) => fetches.push({ resolve, reject }));
  const read = (refresh: Refresh | null = null, at = place, isUsedUp = () => false) =>
    cache.read({
      place: at,
      operation: operations['settings.get'],
      refresh,
      signal: () => undefined,
      isUsedUp,
      fetch,
    });
  const change = async <T>(zone: string, send: () => Promise<T>): Promise<T> => {
    const fence = await cache.raise(zone);
    try {
      const outcome = await send();
      await fence.lower(outcome);
      return outcome;
    } catch (error) {
      await fence.lower(error);
      throw error;
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const readNow = async (answer: Answer, refresh: Refresh | null = null, at = place) => {
    const reading = read(refresh, at);
    await settled();
    fetches.at(-1)?.resolve(answer);
    return reading;
  };
  return { cache, change, store, fetches, read, readNow, settled, advance: (ms: number) => (now += ms) };
}
