import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CacheStore, type Place, type Turn } from '../../src/gateway/cache/store/store.js';
import {
  aPlace,
  cachedAt,
  lead,
  read,
  refresh,
  type StoreBench,
  storeBenches,
} from '../support/cache/cache-stores.js';

describe.each(storeBenches)('Cache store %s', (_, start) => {
  let bench: StoreBench;
  let store: CacheStore;
  beforeAll(async () => {
    bench = await start();
    store = bench.store;
  }, 120_000);
  afterAll(() => bench?.close());

  const fill = (turn: Turn, text: string, times?: Parameters<typeof cachedAt>[2]) =>
    store.fill(turn, cachedAt(bench.now(), text, times)).then((generation) => generation !== null);
  const change = async (zone: string) => store.end(await store.begin(zone));
  const put = async (place: Place, text: string, times?: Parameters<typeof cachedAt>[2]) =>
    expect(await fill(await lead(store, place), text, times)).toBe(true);

  it('The first look that misses leads, and later looks hit what it filled', async () => {
    const place = aPlace();
    const turn = await lead(store, place);
    expect(turn).toMatchObject({ place, isSettling: false });
    expect(await fill(turn, 'one')).toBe(true);
    const look = await store.look(place);
    expect(look).toMatchObject({ kind: 'hit', cached: { etag: '"one"', answer: { status: 200 } } });
    expect(await read(store, place)).toBe('one');
  });

  it('Other looks wait while one leads, and one of them leads after it gave up', async () => {
    const place = aPlace();
    const turn = await lead(store, place);
    expect(await store.look(place)).toEqual({ kind: 'wait', generation: turn.generation });
    await store.giveUp(turn);
    await lead(store, place);
    expect((await store.look(place)).kind).toBe('wait');
  });

  it('A peek returns fresh entries only, and does not lead', async () => {
    const place = aPlace();
    expect(await store.peek(place)).toBeNull();
    const turn = await lead(store, place);
    expect(await store.peek(place)).toBeNull();
    expect((await store.look(place)).kind).toBe('wait');
    expect(await fill(turn, 'kept', { freshMs: 500 })).toBe(true);
    for (let i = 0; i < 3; i += 1) {
      expect(await store.peek(place)).toMatchObject({ etag: '"kept"', answer: { status: 200 } });
    }
    await bench.until(async () => ((await store.peek(place)) === null ? true : undefined));
    const looks = await Promise.all([store.peek(place), store.look(place), store.peek(place)]);
    expect(looks).toMatchObject([null, { kind: 'lead', stale: { etag: '"kept"' } }, null]);
  });

  it('A peek returns nothing during a change, and nothing from before it', async () => {
    const place = aPlace();
    await put(place, 'old');
    expect(await store.peek(aPlace({ zone: place.zone }))).toBeNull();
    const intent = await store.begin(place.zone);
    expect(await store.peek(place)).toBeNull();
    await store.lift(intent);
    expect(await store.peek(place)).toMatchObject({ etag: '"old"' });
    await change(place.zone);
    expect(await store.peek(place)).toBeNull();
    await put(place, 'new');
    expect(await store.peek(place)).toMatchObject({ etag: '"new"' });
    await store.forget(place.credential);
    expect(await store.peek(place)).toBeNull();
  });

  it('A leader is replaced when the time of its lock is over', async () => {
    const place = aPlace();
    await lead(store, place);
    await bench.until(async () => ((await store.look(place)).kind === 'lead' ? true : undefined));
    expect((await store.look(place)).kind).toBe('wait');
  });

  it('A replaced leader that gives up does not release the lock of its successor', async () => {
    const place = aPlace();
    const late = await lead(store, place);
    await bench.until(async () => ((await store.look(place)).kind === 'lead' ? true : undefined));
    await store.giveUp(late);
    expect((await store.look(place)).kind).toBe('wait');
  });

  it('A fill from before a change is refused during the change and after it', async () => {
    for (const when of ['during', 'after'] as const) {
      const place = aPlace();
      const slow = await lead(store, place);
      const intent = await store.begin(place.zone);
      if (when === 'during') expect(await fill(slow, 'old')).toBe(false);
      await store.end(intent);
      expect(await fill(slow, 'old')).toBe(false);
      expect(await read(store, place)).toBe('(lead)');
    }
  });

  it('A change removes the entries of all credentials in its zone, and no other zone', async () => {
    const here = aPlace();
    const other = aPlace({ zone: here.zone });
    const elsewhere = aPlace({ credential: here.credential });
    for (const place of [here, other, elsewhere]) await put(place, 'old');
    await change(here.zone);
    expect(await read(store, here)).toBe('(lead)');
    expect(await read(store, other)).toBe('(lead)');
    expect(await read(store, elsewhere)).toBe('old');
  });

  it('Looks bypass the cache until the last of two overlapping changes ends', async () => {
    const place = aPlace();
    await put(place, 'old');
    const [first, second] = [await store.begin(place.zone), await store.begin(place.zone)];
    expect((await store.look(place)).kind).toBe('bypass');
    expect((await store.look(place, refresh)).kind).toBe('bypass');
    await store.end(first);
    expect((await store.look(place)).kind).toBe('bypass');
    await store.end(second);
    await put(place, 'new');
    expect(await read(store, place)).toBe('new');
  });

  it('An entry is a hit again after a change is lifted', async () => {
    const place = aPlace();
    await put(place, 'kept');
    const intent = await store.begin(place.zone);
    expect(await read(store, place)).toBe('(bypass)');
    await store.lift(intent);
    expect(await read(store, place)).toBe('kept');
    const turn = await lead(store, place, refresh);
    expect(turn.isSettling).toBe(false);
    await store.giveUp(turn);
  });

  it('An entry is a hit again after two concurrent changes are lifted, in each order', async () => {
    for (const order of ['ab', 'ba']) {
      const place = aPlace();
      await put(place, 'kept');
      const intents = { a: await store.begin(place.zone), b: await store.begin(place.zone) };
      for (const name of order as Iterable<'a' | 'b'>) await store.lift(intents[name]);
      expect(await read(store, place)).toBe('kept');
    }
  });

  it.each([
    ['before', ['end', 'lift']],
    ['after', ['lift', 'end']],
  ])(
    'An entry from before a change is a miss where the change ends %s another is lifted',
    async (_, order) => {
      for (const first of ['made', 'refused']) {
        const place = aPlace();
        await put(place, 'old');
        const [one, other] = [await store.begin(place.zone), await store.begin(place.zone)];
        const [made, refused] = first === 'made' ? [one, other] : [other, one];
        for (const step of order) {
          if (step === 'end') await store.end(made);
          else await store.lift(refused);
        }
        expect(await read(store, place)).toBe('(lead)');
      }
    },
  );

  it('A fill from before a change is kept after that change is lifted', async () => {
    const place = aPlace();
    const slow = await lead(store, place);
    const intent = await store.begin(place.zone);
    expect(await fill(slow, 'during')).toBe(false);
    await store.lift(intent);
    expect(await fill(slow, 'after')).toBe(true);
    expect(await read(store, place)).toBe('after');
  });

  it('A drop removes the entry of its turn, and no later entry', async () => {
    const place = aPlace();
    await put(place, 'old');
    await store.drop(await lead(store, place, refresh));
    expect(await read(store, place)).toBe('(lead)');
    const late = await lead(store, place, refresh);
    await change(place.zone);
    await put(place, 'new');
    await store.drop(late);
    expect(await read(store, place)).toBe('new');
  });

  it('Each of three changes gives a new generation', async () => {
    const place = aPlace();
    const seen = new Set<string>();
    for (let changes = 0; changes < 3; changes += 1) {
      const turn = await lead(store, place);
      seen.add(turn.generation);
      await store.giveUp(turn);
      await change(place.zone);
    }
    expect(seen.size).toBe(3);
  });

  it('Looks lead again when the intent of a change that never ended expires', async () => {
    const place = aPlace();
    await store.begin(place.zone);
    expect((await store.look(place)).kind).toBe('bypass');
    await bench.until(async () => ((await store.look(place)).kind === 'lead' ? true : undefined));
  });

  it('A turn is settling for some time after a change', async () => {
    const place = aPlace();
    await change(place.zone);
    const turn = await lead(store, place, refresh);
    expect(turn.isSettling).toBe(true);
    expect(await fill(turn, 'new')).toBe(true);
    await bench.until(async () => ((await lead(store, place, refresh)).isSettling ? undefined : true));
  });

  it('An entry of one credential is a miss for another', async () => {
    const one = aPlace();
    const other = aPlace({ zone: one.zone });
    await put(one, 'mine');
    expect(await read(store, other)).toBe('(lead)');
    await put(other, 'theirs');
    expect(await read(store, one)).toBe('mine');
  });

  it('A store forgets a credential in one zone or in all', async () => {
    const here = aPlace();
    const there = aPlace({ credential: here.credential });
    const other = aPlace({ zone: here.zone });
    for (const place of [here, there, other]) await put(place, 'kept');
    const underWay = await lead(store, here, refresh);
    await store.forget(here.credential, here.zone);
    expect(await fill(underWay, 'refused')).toBe(false);
    expect(await read(store, here)).toBe('(lead)');
    expect(await read(store, there)).toBe('kept');
    await put(here, 'kept');
    await store.forget(here.credential);
    expect(await read(store, here)).toBe('(lead)');
    expect(await read(store, there)).toBe('(lead)');
    expect(await read(store, other)).toBe('kept');
  });

  it('Two forced turns refresh an entry, and the younger one is kept', async () => {
    const place = aPlace();
    await put(place, 'first');
    const older = await lead(store, place, refresh);
    expect(older.lock).toBeNull();
    expect(await read(store, place)).toBe('first');
    // The clock of the store has to show their order.
    const younger = await bench.until(async () => {
      const turn = await lead(store, place, refresh);
      return turn.beganAt > older.beganAt ? turn : undefined;
    });
    expect(await fill(younger, 'third')).toBe(true);
    expect(await fill(older, 'second')).toBe(false);
    expect(await read(store, place)).toBe('third');
  });

  it('A leader gets a stale entry until its stale lifetime ends', async () => {
    const place = aPlace();
    await put(place, 'old', { freshMs: 150, staleMs: 1200 });
    const stale = await bench.until(async () => {
      const look = await store.look(place);
      if (look.kind !== 'lead') return undefined;
      await store.giveUp(look.turn);
      return look.stale;
    });
    expect(stale?.answer.envelope.result).toBe('old');
    expect(stale?.staleUntil).toBeGreaterThan(stale?.freshUntil ?? Infinity);
    await bench.until(async () => {
      const look = await store.look(place, refresh);
      return look.kind === 'lead' && look.stale === null ? true : undefined;
    });
  });

  it('A 404 is kept for its lifetime', async () => {
    const place = aPlace();
    await put(place, 'nothing', { status: 404, freshMs: 200, staleMs: 0 });
    expect(await store.look(place)).toMatchObject({ kind: 'hit', cached: { answer: { status: 404 } } });
    await bench.until(async () => ((await read(store, place)) === '(lead)' ? true : undefined));
  });

  it('A fill that has expired already ends its turn', async () => {
    const place = aPlace();
    const turn = await lead(store, place);
    await fill(turn, 'too old', { freshMs: -1, staleMs: -1 });
    expect(await read(store, place)).toBe('(lead)');
  });
});
