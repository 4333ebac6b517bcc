import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Settings } from '../../src/platform/config/settings.js';
import { aClock } from '../support/basics/clock.js';
import { eventually } from '../support/basics/eventually.js';
import { type CachingStage, longLifetimes, startCaching } from '../support/cache/caching.js';
import {
  type Action,
  globalLevel,
  type Headers,
  onReads,
  put,
  refusing,
  settings,
  withoutPermission,
} from '../support/cache/global-level.js';
import { isHit, ttlOf } from '../support/cache/rest-caching.js';
import { type CacheInUse, caches } from '../support/cache/stores.js';
import { ask } from '../support/graphql/graphql.js';
import { codeOf } from '../support/http/http.js';
import { bearer, seededZone, token, tokenWithoutZoneSettings } from '../support/http/requests.js';

const query = `{ zone(id: "${seededZone}") { settings { enabled } globalLevel { enabled missingPermission } } }`;
const missing = {
  zone: {
    settings: { enabled: true },
    globalLevel: { enabled: null, missingPermission: 'Zone Settings Read' },
  },
};

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(caches)(
  'A credential without the permission Zone Settings, and a cache %s',
  (_, startCache) => {
    let cache: CacheInUse;
    let times = 0;
    beforeAll(async () => {
      cache = await startCache();
    });
    afterAll(() => cache.close());

    const start = (settings: Partial<Settings> = {}) =>
      startCaching({ ...cache.settings, ...longLifetimes, ...settings });
    /** A credential of one test: the cache outlives each gateway. */
    const aCredential = (token = tokenWithoutZoneSettings) => {
      times += 1;
      return { authorization: `Bearer ${token}-${times}` };
    };

    /** The first answer with this status that is stored: a Redis that is slow is passed by. */
    const stored = (stage: CachingStage, who: Headers, status: number) =>
      eventually(async () => {
        const reply = await globalLevel(stage, who);
        const isStored = String(reply.headers['cache-status']).includes('; stored');
        return isStored && reply.status === status ? reply : undefined;
      });

    it('Its refusal is kept 30 s for both faces, and is asked for once in that time', async () => {
      await using stage = await start();
      const who = aCredential();

      const first = await stored(stage, who, 403);
      const { 'global_level.get': calls } = await stage.sandbox.calls();
      const again = await globalLevel(stage, who);

      expect(codeOf(first)).toBe(9109);
      expect([again.status, isHit(again), again.body]).toEqual([403, true, first.body]);
      // Unlike the time of other answers it is not shortened at random.
      for (const reply of [first, again]) expect([29, 30]).toContain(ttlOf(reply));
      expect(await ask(stage.gateway, query, {}, who)).toMatchObject({ data: missing, errors: [] });
      expect((await stage.sandbox.calls())['global_level.get']).toBe(calls);
      // Another credential has a refusal of its own.
      expect(isHit(await globalLevel(stage, aCredential()))).toBe(false);
    });

    it('A page that shows the zone is answered from the cache as a whole', async () => {
      await using stage = await start();
      const who = aCredential();

      for (let time = 0; time < 4; time += 1)
        expect(await ask(stage.gateway, query, {}, who)).toMatchObject({ data: missing, errors: [] });

      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'global_level.get': 1 });
    });

    it.each<[string, Action]>([
      ['403 with 9109', refusing(403, 9109)],
      ['403 with 10000', refusing(403, 10000)],
      ['403 with another code', refusing(403, 1234)],
      ['403 without a code', refusing(403)],
      ['403 in HTML', { status: 403, text: '<html>Sorry', contentType: 'text/html' }],
      ['200 without success, with 9109', refusing(200, 9109)],
      ['200 without success, with 10000', refusing(200, 10000)],
    ])('%s ends neither what is kept of the zone nor the admission of its changes', async (__, action) => {
      await using stage = await start();
      const who = aCredential(token);
      await settings(stage, who);
      await stage.sandbox.faults(onReads(action));

      expect((await globalLevel(stage, who)).status).toBeGreaterThanOrEqual(400);

      expect(isHit(await settings(stage, who))).toBe(true);
      expect((await put(stage, who)).status).toBe(200);
      expect(await stage.sandbox.calls()).toEqual({
        'settings.get': 1,
        'global_level.get': 1,
        'settings.update': 1,
      });
    });

    it.each<[string, Action]>([
      ['401', refusing(401, 10000)],
      ['401 with 9109', refusing(401, 9109)],
      ['400 with 6003', refusing(400, 6003)],
      ['403 with 9103', refusing(403, 9103)],
      ['403 with 10001', refusing(403, 10001)],
    ])('%s refuses the credential, ends all that is kept for it, and is not kept', async (__, action) => {
      await using stage = await start();
      const who = aCredential(token);
      await settings(stage, who);
      await stage.sandbox.faults(onReads(action));

      expect((await globalLevel(stage, who)).status).toBeGreaterThanOrEqual(400);
      expect(isHit(await settings(stage, who))).toBe(false);
      expect(isHit(await globalLevel(stage, who))).toBe(false);

      const { data, errors } = await ask(stage.gateway, query, {}, who);
      expect(data).toEqual({ zone: { settings: { enabled: true }, globalLevel: null } });
      expect(errors).toMatchObject([{ path: ['zone', 'globalLevel'] }]);
    });

    it('A refusal ends the kept answer of the global level: a later 500 is not answered with it', async () => {
      await using stage = await start({ CACHE_TTL_ITEM_SECONDS: 1 });
      const who = aCredential(token);

      await stored(stage, who, 200);
      await stage.sandbox.faults(onReads(refusing(403, 9109)));
      await stored(stage, who, 403);
      await stage.sandbox.faults(onReads({ status: 500 }));

      const missed = await eventually(async () => {
        const reply = await globalLevel(stage, who);
        return isHit(reply) ? undefined : reply;
      });
      expect(missed.status).toBe(500);
    });

    it('A permission that was granted is seen at once with no-cache', async () => {
      await using stage = await start();
      const who = aCredential(token);
      await stage.sandbox.faults({ rules: [{ count: 1, action: refusing(403, 9109) }] });
      for (let time = 0; time < 2; time += 1) expect((await globalLevel(stage, who)).status).toBe(403);

      expect((await globalLevel(stage, { ...who, 'cache-control': 'no-cache' })).status).toBe(200);

      expect(isHit(await globalLevel(stage, who))).toBe(true);
    });
  },
);

describe('The time that the refusal of the global level is kept', () => {
  it('The refusal is given again for 30 s, also after a change of the zone, and then asked for again', async () => {
    const clock = aClock();
    await using stage = await startCaching(longLifetimes);
    await put(stage, bearer);
    expect(isHit(await globalLevel(stage, withoutPermission))).toBe(false);

    clock.advance(29_900);
    expect(isHit(await globalLevel(stage, withoutPermission))).toBe(true);
    clock.advance(101);
    expect(isHit(await globalLevel(stage, withoutPermission))).toBe(false);

    expect((await stage.sandbox.calls())['global_level.get']).toBe(2);
  });

  it.each([
    [0, false],
    [1, true],
  ])('With CACHE_TTL_ITEM_SECONDS=%d it is kept no longer than any other answer', async (seconds, isKept) => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: seconds });

    const first = await globalLevel(stage, withoutPermission);
    const again = await globalLevel(stage, withoutPermission);

    expect([first.status, again.status, isHit(again)]).toEqual([403, 403, isKept]);
    if (isKept) expect(ttlOf(first)).toBeLessThanOrEqual(1);
  });
});
