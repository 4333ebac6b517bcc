import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CacheStore, type Place, type Turn } from '../../src/gateway/cache/store/store.js';
import {
  aPlace,
  cachedAt,
  lead,
  read,
  type StoreBench,
  storeBenches,
} from '../support/cache/cache-stores.js';

describe.each(storeBenches)('Refreshes of a client, with the cache %s', (_, start) => {
  let bench: StoreBench;
  let store: CacheStore;
  beforeAll(async () => {
    bench = await start();
    store = bench.store;
  }, 120_000);
  afterAll(() => bench?.close());

  const fill = (turn: Turn, text: string) => store.fill(turn, cachedAt(bench.now(), text));
  const change = async (zone: string) => store.end(await store.begin(zone));
  const refreshAs = async (place: Place, renewal: string) => {
    const look = await store.look(place, { for: 'client', renewal });
    if (look.kind !== 'lead') throw new Error(`It is a ${look.kind}.`);
    return look.turn;
  };
  const neighbourOf = ({ zone, credential }: Place) => aPlace({ zone, credential, what: 'another question' });

  it('A refresh ends the other entries of its credential in the zone', async () => {
    const place = aPlace();
    const neighbour = neighbourOf(place);
    const stranger = aPlace({ zone: place.zone });
    const elsewhere = aPlace({ credential: place.credential });
    for (const each of [neighbour, stranger, elsewhere]) await fill(await lead(store, each), 'before');

    expect(await fill(await refreshAs(place, 'a request'), 'fresh')).not.toBeNull();
    expect(await read(store, place)).toBe('fresh');
    expect(await read(store, neighbour)).toBe('(lead)');
    expect(await read(store, stranger)).toBe('before');
    expect(await read(store, elsewhere)).toBe('before');
  });

  it('Refreshes of one request are stored under one generation', async () => {
    const place = aPlace();
    const neighbour = neighbourOf(place);
    const turns = [await refreshAs(place, 'one request'), await refreshAs(neighbour, 'one request')];
    const [first, second] = [await fill(turns[0]!, 'one'), await fill(turns[1]!, 'two')];
    expect(first).not.toBeNull();
    expect(second).toBe(first);
    expect([await read(store, place), await read(store, neighbour)]).toEqual(['one', 'two']);
  });

  it('A refresh is not stored after another request has refreshed', async () => {
    const place = aPlace();
    const neighbour = neighbourOf(place);
    const slow = await refreshAs(place, 'a slow request');
    await fill(await refreshAs(neighbour, 'a fast request'), 'fresh');
    expect(await fill(slow, 'older')).toBeNull();
    expect(await read(store, place)).toBe('(lead)');
  });

  it('A refresh from before a change is not stored, also if the same request has stored another', async () => {
    const place = aPlace();
    const neighbour = neighbourOf(place);
    const slow = await refreshAs(place, 'that request');
    await fill(await refreshAs(neighbour, 'that request'), 'fast');
    await change(place.zone);
    expect(await fill(slow, 'before the change')).toBeNull();
    expect(await read(store, place)).toBe('(lead)');
  });

  it('A refresh is not stored during a change, and not after the credential was forgotten', async () => {
    const place = aPlace();
    const during = await refreshAs(place, 'a request');
    const intent = await store.begin(place.zone);
    expect(await fill(during, 'during')).toBeNull();
    await store.end(intent);

    const before = await refreshAs(place, 'another request');
    await store.forget(place.credential);
    expect(await fill(before, 'before')).toBeNull();
    expect(await read(store, place)).toBe('(lead)');
  });
});
