import { describe, expect, it } from '@jest/globals';
import { eventually } from '../../../test/support/basics/eventually.js';
import { aCache, answerOf, noCache, place } from '../../../test/support/cache/zone-cache.js';

describe('Refreshes of ZoneCache', () => {
  it('A refresh fetches from upstream and stores the answer', async () => {
    const { read, readNow } = aCache();
    await readNow(answerOf('old'));
    expect((await readNow(answerOf('changed elsewhere'), noCache)).envelope.result).toBe('changed elsewhere');
    expect((await read()).envelope.result).toBe('changed elsewhere');
  });

  it('A no-cache read during a change that is refused ends the older answers of its credential', async () => {
    const { cache, change, read, readNow } = aCache();
    const other = { ...place, key: 'something else' };
    const before = await readNow(answerOf('old'), null, other);
    expect((await read(null, other)).body).toEqual(before.body);
    await change(place.zone, async () => {
      expect((await readNow(answerOf('new'), noCache)).cache).toMatchObject({ stored: false });
      return answerOf(null, 403);
    });
    expect(cache.kept(other)).toBeNull();
  });

  it('A no-cache read whose answer is not stored ends the older answers of its credential', async () => {
    const { cache, readNow } = aCache();
    const other = { ...place, key: 'something else' };
    await readNow(answerOf('old'), null, other);
    expect(cache.kept(other)).not.toBeNull();
    expect((await readNow(answerOf('bad request', 400), noCache)).cache).toMatchObject({ stored: false });
    expect(cache.kept(other)).toBeNull();
  });

  it('Refreshes that come during a fetch share the next fetch', async () => {
    const { read, fetches, settled } = aCache();
    const first = read(noCache);
    await settled();
    const next = Array.from({ length: 200 }, () => read(noCache));
    await settled();
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve(answerOf('from before they came'));
    expect((await first).envelope.result).toBe('from before they came');
    await settled();
    expect(fetches).toHaveLength(2);
    fetches[1]?.resolve(answerOf('new'));
    const answers = await Promise.all(next);
    expect(new Set(answers.map(({ envelope }) => envelope.result))).toEqual(new Set(['new']));
    expect(answers.filter(({ cache }) => cache?.collapsed)).toHaveLength(199);
  });

  it('A refresh begins its own fetch when the fetch before it hangs', async () => {
    const { read, fetches } = aCache();
    const hanging = read(noCache);
    const next = read(noCache);
    await eventually(() => fetches.length === 2 || undefined);
    fetches[1]?.resolve(answerOf('new'));
    expect((await next).envelope.result).toBe('new');
    fetches[0]?.resolve(answerOf('old'));
    await hanging;
  });
});
