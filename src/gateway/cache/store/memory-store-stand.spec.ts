import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { keptMemory } from './kept-memory.js';
import { MemoryStore } from './memory-store.js';
import { type Intent, type Place, type Standing } from './store.js';

const zones = ['one', 'two'];
const credentials = ['a', 'b'];
const places = zones.flatMap((zone) =>
  credentials.map((credential): Place => ({ zone, credential, key: `${zone} ${credential}` })),
);

/** Numbers that seem random, the same in each run. */
function* numbers(): Generator<number, never> {
  for (let state = 1; ; state = (state * 48_271) % 2_147_483_647) yield state;
}

describe('Standings in a MemoryStore', () => {
  it('What has stood, and is asked for again, stands exactly as long as the same generations asked for first', async () => {
    let now = 0;
    const store = new MemoryStore(keptMemory(1024 * 1024), () => now);
    const random = numbers();
    const any = <T>(list: readonly T[]) => list[random.next().value % list.length] as T;
    const cachedAt = (storedAt: number) => ({
      answer: new Answer(200, Buffer.from('{}'), {}),
      etag: '"1"',
      storedAt,
      freshUntil: storedAt + 1e9,
      staleUntil: storedAt + 1e9,
    });
    const fill = async (place: Place, isClients: boolean) => {
      const refresh = isClients ? ({ for: 'client', renewal: String(now) } as const) : undefined;
      const look = await store.look(place, refresh);
      if (look.kind === 'lead') await store.fill(look.turn, cachedAt(now));
    };
    const intents: Intent[] = [];
    const ended = () => intents.splice(random.next().value % Math.max(1, intents.length), 1);
    const steps = [
      ...places.map((place) => () => fill(place, false)),
      ...places.map((place) => () => fill(place, true)),
      async () => void intents.push(await store.begin(any(zones))),
      async () => Promise.all(ended().map((intent) => store.end(intent))),
      async () => Promise.all(ended().map((intent) => store.lift(intent))),
      () => store.forget(any(credentials)),
      () => store.forget(any(credentials), any(zones)),
      () => void (now += 70_000),
    ];
    const asked: Standing[][] = [];
    const seen = { standing: 0, ended: 0, different: 0 };
    for (let count = 0; count < 2000; count += 1) {
      await any(steps)();
      now += 1;
      const parts = places.flatMap((place): Standing[] => {
        const entry = store.take(place);
        return entry ? [{ ...place, generation: entry.generation }] : [];
      });
      if (parts.length > 0) asked.push(parts);
      for (const standings of asked.slice(-20)) {
        const stands = store.stand(standings);
        if (stands !== store.stand([...standings])) seen.different += 1;
        seen[stands ? 'standing' : 'ended'] += 1;
      }
    }
    expect(seen.different).toBe(0);
    expect(Math.min(seen.standing, seen.ended)).toBeGreaterThan(1000);
  });
  it('What has stood does not stand any more when its zone is dropped because there are too many', async () => {
    const store = new MemoryStore(keptMemory(1024 * 1024), () => 0);
    const first = await store.look({ zone: 'first', credential: 'a', key: 'first' });
    const standings = [
      { zone: 'first', credential: 'a', generation: first.kind === 'lead' ? first.turn.generation : '' },
    ];
    expect(store.stand(standings)).toBe(true);
    for (let zone = 0; zone < 100_000; zone += 1)
      await store.look({ zone: `${zone}`, credential: 'a', key: `${zone}` });
    expect(store.stand(standings)).toBe(false);
  });
});
