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
  'global_level.get': 1,
  'zone_certificate.list': 1,
  'hostname_certificate.list': 1,
  'hostname.list': 1,
};

describe('The cache behind GraphQL', () => {
  it('A second, identical query makes no calls', async () => {
    await using stage = await startCaching();
    const first = await dataOf(stage, wholeZone);
    const again = await dataOf(stage, wholeZone);

    expect(first).toMatchObject({ zone: { settings: { enabled: true }, certificates: expect.any(Array) } });
    expect(again).toEqual(first);
    expect(await stage.sandbox.calls()).toEqual(wholeZoneOnce);
  });

  it('A query makes calls only for the fields that are not cached', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    const { data, cache } = await askTelling(
      stage,
      ofTheZone('settings { enabled } certificates { id: cloudflareId }'),
    );
    expect(data).toMatchObject(enabled(true));
    expect(cache).toMatchObject({ hits: 1, misses: 1 });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'zone_certificate.list': 1 });
  });

  it('Twenty concurrent queries of one field that is not cached make one call', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 300 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => dataOf(stage, settings)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => enabled(true)));
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('An entry is read again after its lifetime', async () => {
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

  it('An error is not cached', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { status: 500 } }] });
    const { codes } = await askTelling(stage, settings);
    expect(codes).toEqual(['UPSTREAM_FAILED']);
    expect(await dataOf(stage, settings)).toEqual(enabled(true));
  });
});

describe('extensions.cache', () => {
  it('The answer has extensions.cache only if the request asks for it', async () => {
    await using stage = await startCaching();
    const without = await call(`${stage.gateway.url}/graphql`, 'POST', {
      headers: bearer,
      body: { query: settings },
    });
    expect(JSON.parse(without.body.toString())).not.toHaveProperty('extensions');

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

  it('extensions.cache has each read, the highest age and the lowest TTL', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 100 });
    const first = await askTelling(stage, wholeZone);
    expect(first.cache).toMatchObject({ hits: 0, misses: 5, stale: 0, bypasses: 0, ageSeconds: 0 });

    const aged = await eventually(async () => {
      const { cache } = await askTelling(stage, settings);
      return (cache?.ageSeconds ?? 0) >= 1 ? cache : undefined;
    });
    // 100 s ± 15 %, less the one or two seconds that have passed. The lists have 600 s.
    expect(aged.ttlSeconds).toBeGreaterThan(80);
    expect(aged.ttlSeconds).toBeLessThan(115);
    const all = await askTelling(stage, wholeZone);
    expect(all.cache).toMatchObject({ hits: 5, misses: 0, stale: 0, bypasses: 0 });
    expect(all.cache?.ageSeconds).toBeGreaterThanOrEqual(1);
    expect(all.cache?.ttlSeconds).toBeLessThan(115);
  });

  it('extensions.cache has only zeros if nothing is read', async () => {
    await using stage = await startCaching();
    const { cache } = await askTelling(stage, ofTheZone('id'));
    expect(cache).toMatchObject({ hits: 0, misses: 0, stale: 0, bypasses: 0 });
  });

  it('An answer with an error has extensions.cache too', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', action: { status: 500 } }],
    });
    const { codes, cache } = await askTelling(
      stage,
      ofTheZone('settings { enabled } certificates { id: cloudflareId }'),
    );
    expect(codes).toEqual(['UPSTREAM_FAILED']);
    expect(cache).toMatchObject({ hits: 1, misses: 1 });
  });
});

describe('Cache-Control of a GraphQL request', () => {
  it.each(['no-cache', 'No-Cache', 'max-age=0, no-cache'])(
    'A request with Cache-Control: %s reads anew, and the new answer is cached',
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
