import { describe, expect, it } from '@jest/globals';
import { startCaching } from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { ask } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import {
  ofTheZone,
  settings,
  enabled,
  wholeZone,
  askTelling,
  dataOf,
  settingsCalls,
} from '../support/cache/graphql-caching.js';

const wholeZoneOnce = {
  'settings.get': 1,
  'zone_certificate.list': 1,
  'hostname_certificate.list': 1,
  'hostname.list': 1,
};

describe('What was read is kept', () => {
  it('so that the same query again costs nothing', async () => {
    await using stage = await startCaching();
    const first = await dataOf(stage, wholeZone);
    const again = await dataOf(stage, wholeZone);

    expect(first).toMatchObject({ zone: { settings: { enabled: true }, certificates: expect.any(Array) } });
    expect(again).toEqual(first);
    expect(await stage.sandbox.calls()).toEqual(wholeZoneOnce);
  });

  it('so that another query costs only what that one did not read', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    const { data, cache } = await askTelling(stage, ofTheZone('settings { enabled } certificates { id }'));
    expect(data).toMatchObject(enabled(true));
    expect(cache).toMatchObject({ hits: 1, misses: 1 });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'zone_certificate.list': 1 });
  });

  it('and twenty queries at once, of what is not there yet, make one call', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 300 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => dataOf(stage, settings)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => enabled(true)));
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('and is asked for again once it has lived', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await stage.behindItsBack('PUT', pathOf('/settings'), { enabled: false });
    expect(await dataOf(stage, settings)).toEqual(enabled(true));
    const before = performance.now();
    await eventually(async () => {
      const { data } = await ask<ReturnType<typeof enabled>>(stage.gateway, settings);
      return data?.zone.settings.enabled === false || undefined;
    });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  it('but an error is not', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { status: 500 } }] });
    const { codes } = await askTelling(stage, settings);
    expect(codes).toEqual(['UPSTREAM_FAILED']);
    expect(await dataOf(stage, settings)).toEqual(enabled(true));
  });
});

describe('How the cache took part', () => {
  it('is told to who asks for it, and to nobody else', async () => {
    await using stage = await startCaching();
    const none = await call(`${stage.gateway.url}/graphql`, 'POST', {
      headers: bearer,
      body: { query: settings },
    });
    expect(JSON.parse(none.body.toString())).not.toHaveProperty('extensions');

    const { cache } = await askTelling(stage, settings);
    expect(cache).toEqual({
      hits: 1,
      misses: 0,
      stale: 0,
      bypasses: 0,
      ageSeconds: expect.any(Number),
      ttlSeconds: expect.any(Number),
    });
  });

  it('counts each read, and has the age of the oldest and the life of the shortest', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 100 });
    const first = await askTelling(stage, wholeZone);
    expect(first.cache).toMatchObject({ hits: 0, misses: 4, stale: 0, bypasses: 0, ageSeconds: 0 });

    const aged = await eventually(async () => {
      const { cache } = await askTelling(stage, settings);
      return (cache?.ageSeconds ?? 0) >= 1 ? cache : undefined;
    });
    // 100 s, give or take 15 %, of which one or two are gone; the lists have 600.
    expect(aged.ttlSeconds).toBeGreaterThan(80);
    expect(aged.ttlSeconds).toBeLessThan(115);
    const all = await askTelling(stage, wholeZone);
    expect(all.cache).toMatchObject({ hits: 4, misses: 0, stale: 0, bypasses: 0 });
    expect(all.cache?.ageSeconds).toBeGreaterThanOrEqual(1);
    expect(all.cache?.ttlSeconds).toBeLessThan(115);
  });

  it('is zero throughout where nothing was read', async () => {
    await using stage = await startCaching();
    const { cache } = await askTelling(stage, ofTheZone('id'));
    expect(cache).toMatchObject({ hits: 0, misses: 0, stale: 0, bypasses: 0 });
  });

  it('is told beside an error too', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { status: 500 } }],
    });
    const { codes, cache } = await askTelling(stage, ofTheZone('settings { enabled } certificates { id }'));
    expect(codes).toEqual(['UPSTREAM_FAILED']);
    expect(cache).toMatchObject({ hits: 1, misses: 1 });
  });
});

describe('With cache-control: no-cache', () => {
  it.each(['no-cache', 'No-Cache', 'max-age=0, no-cache'])(
    'what is kept is not good enough: %s, and the new answer is kept',
    async (cacheControl) => {
      await using stage = await startCaching();
      await ask(stage.gateway, settings);
      await stage.behindItsBack('PUT', pathOf('/settings'), { enabled: false });
      expect(await dataOf(stage, settings)).toEqual(enabled(true));

      const fresh = await askTelling(stage, settings, { ...bearer, 'cache-control': cacheControl });
      expect(fresh).toMatchObject({ data: enabled(false), cache: { hits: 0 } });

      const kept = await askTelling(stage, settings);
      expect(kept).toMatchObject({ data: enabled(false), cache: { hits: 1, misses: 0 } });
      expect(await settingsCalls(stage)).toBe(2);
    },
  );
});
