import { describe, expect, it } from '@jest/globals';
import { type CachingStage, otherBearer, startCaching, strangerBearer } from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { startGateway } from '../support/gateway/gateway.js';
import { ask, type MutationName, mutate } from '../support/graphql/graphql.js';
import { apiKey, bearer, email, seededZone, token } from '../support/http/requests.js';
import {
  type Headers,
  ofTheZone,
  settings,
  enabled,
  wholeZone,
  askTelling,
  dataOf,
  settingsCalls,
  inputs,
  change,
} from '../support/cache/graphql-caching.js';

const failing = (stage: CachingStage) => stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
const mutationNames = Object.keys(inputs) as MutationName[];

describe('After a change every query sees the new state at once', () => {
  it.each(mutationNames)('%s, also with another credential', async (name) => {
    await using stage = await startCaching();
    const uncached = await startGateway({ upstream: stage.sandbox.url });
    const before = await dataOf(stage, wholeZone);
    expect(await dataOf(stage, wholeZone, otherBearer)).toEqual(before);
    expect((await askTelling(stage, wholeZone, otherBearer)).cache).toMatchObject({ hits: 4 });

    await change(stage, name);
    const [own, others] = [await dataOf(stage, wholeZone), await dataOf(stage, wholeZone, otherBearer)];
    const { data: truth } = await ask(uncached, wholeZone);
    await uncached.close();

    expect(truth).not.toEqual(before);
    expect(own).toEqual(truth);
    expect(others).toEqual(truth);
    // And that is kept again.
    expect(await askTelling(stage, wholeZone)).toMatchObject({ data: truth, cache: { hits: 4, misses: 0 } });
  });

  it.each(mutationNames)('%s, also where another credential makes it', async (name) => {
    await using stage = await startCaching();
    const before = await dataOf(stage, wholeZone);
    await change(stage, name, otherBearer);
    const after = await askTelling(stage, wholeZone);
    expect(after.data).not.toEqual(before);
    expect(after.cache).toMatchObject({ hits: 0, misses: 4 });
  });

  it('also where the answer to the change was lost, and nothing is kept while nobody knows', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({ rules: [{ operation: 'settings.update', action: { drop: 'after' } }] });
    const { errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });
    expect(errors).toMatchObject([{ extensions: { code: 'OUTCOME_UNKNOWN' } }]);

    for (let time = 0; time < 2; time++) {
      const { data, cache } = await askTelling(stage, settings);
      expect(data).toEqual(enabled(false));
      expect(cache).toMatchObject({ hits: 0, misses: 0, bypasses: 1, ttlSeconds: null });
    }
  });

  it('also what was being read while it was made is not kept', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.get', action: { delayMs: 600, when: 'after' } }],
    });
    // Admits the credential, so that the change goes out by itself.
    await ask(stage.gateway, ofTheZone('certificates { id }'));
    const slow = dataOf(stage, settings);
    await eventually(async () => (await settingsCalls(stage)) ?? undefined);
    await change(stage, 'updateZoneSettings');
    await slow;
    expect(await dataOf(stage, settings)).toEqual(enabled(false));
  });

  it('but what another zone has is kept', async () => {
    await using stage = await startCaching({}, { anyZone: true });
    const other = `{ zone(id: "${'0'.repeat(32)}") { settings { enabled } } }`;
    await ask(stage.gateway, other);
    await change(stage, 'updateZoneSettings');
    expect((await askTelling(stage, other)).cache).toMatchObject({ hits: 1, misses: 0 });
  });

  it('but a change that was refused before it was sent leaves what is kept', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    const input = { zoneId: seededZone, enabled: false };
    const strangers = await mutate(stage.gateway, 'updateZoneSettings', input, strangerBearer);
    expect(strangers.errors).toHaveLength(1);
    const malformed = await mutate(stage.gateway, 'updateHostnames', { zoneId: seededZone, changes: [] });
    expect(malformed.payload?.userErrors).toHaveLength(1);

    expect((await askTelling(stage, settings)).cache).toMatchObject({ hits: 1, misses: 0 });
  });
});

describe('Where Cloudflare fails, what was last known stands in', () => {
  const untilStale = (stage: CachingStage, headers?: Headers) =>
    eventually(async () => {
      const answer = await askTelling(stage, settings, headers);
      return answer.cache?.hits === 1 ? undefined : answer;
    });

  it.each([
    ['an error', { status: 500 }],
    ['a page of HTML', { status: 502, text: '<html>' }],
    ['no answer', { drop: 'before' }],
    ['too many', { status: 429 }],
  ] as const)('labelled as such: %s', async (_, action) => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({ rules: [{ action }] });

    const { data, codes, cache } = await untilStale(stage);

    expect({ data, codes }).toEqual({ data: enabled(true), codes: [] });
    expect(cache).toMatchObject({ hits: 0, misses: 0, stale: 1, bypasses: 0 });
    expect(cache?.ttlSeconds).toBeLessThan(0);
    expect(await settingsCalls(stage)).toBeGreaterThan(1);

    await stage.sandbox.faults();
    expect((await askTelling(stage, settings)).cache).toMatchObject({ misses: 1, stale: 0 });
  });

  it('but not after a change: then it fails', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await change(stage, 'updateZoneSettings');
    await failing(stage);
    expect(await askTelling(stage, settings)).toMatchObject({
      data: { zone: { settings: null } },
      codes: ['UPSTREAM_FAILED'],
      cache: { hits: 0, stale: 0 },
    });
  });

  it('but not after a change by somebody else', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await change(stage, 'updateZoneSettings', otherBearer);
    await stage.sandbox.faults({ rules: [{ action: { drop: 'before' } }] });
    const { codes, cache } = await askTelling(stage, settings);
    expect(codes).toEqual(['UPSTREAM_UNREACHABLE']);
    expect(cache?.stale).toBe(0);
  });

  it('but not for another credential', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await failing(stage);
    expect((await askTelling(stage, settings, otherBearer)).codes).toEqual(['UPSTREAM_FAILED']);
  });

  it('but not where it is switched off', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1, STALE_IF_ERROR_SECONDS: 0 });
    await ask(stage.gateway, settings);
    await failing(stage);
    expect((await untilStale(stage)).codes).toEqual(['UPSTREAM_FAILED']);
  });

  it('but it admits no change', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await failing(stage);
    await untilStale(stage);
    const { errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });
    expect(errors).toMatchObject([{ path: ['updateZoneSettings'] }]);
  });
});

describe('Two credentials never share what is kept', () => {
  it.each([
    ['another token', otherBearer],
    ['a token that may only read', { authorization: 'Bearer sandbox-token-read-only' }],
    ['an e-mail and a key', { 'x-auth-email': email, 'x-auth-key': apiKey }],
  ] as const)('%s', async (_, headers) => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    const first = await askTelling(stage, settings, headers);
    const again = await askTelling(stage, settings, headers);
    expect(first).toMatchObject({ data: enabled(true), cache: { hits: 0, misses: 1 } });
    expect(again).toMatchObject({ data: enabled(true), cache: { hits: 1, misses: 0 } });
    expect(await settingsCalls(stage)).toBe(2);
  });

  it.each([
    ['a token that nobody knows', strangerBearer],
    ['a token that begins alike', { authorization: `Bearer ${token}x` }],
    ['no token', {}],
  ] as const)('%s sees nothing of it', async (_, headers) => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    const { data, codes, cache } = await askTelling(stage, settings, headers);
    expect(data).toEqual({ zone: { settings: null } });
    expect(codes).toHaveLength(1);
    expect(cache).toMatchObject({ hits: 0, stale: 0 });
  });

  it('nor what they are reading at the same time', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 300 });
    const answers = await Promise.all(
      [bearer, otherBearer, strangerBearer].map((headers) => askTelling(stage, settings, headers)),
    );
    expect(answers.map(({ data }) => data)).toEqual([
      enabled(true),
      enabled(true),
      { zone: { settings: null } },
    ]);
    expect(await settingsCalls(stage)).toBe(3);
  });
});

describe('A credential that Cloudflare refuses loses what was kept for it', () => {
  it.each([
    ['403 for the zone', { refuseToken: true } as const],
    ['401', { status: 401 }],
  ])('%s, and nothing stands in for it', async (_, action) => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await ask(stage.gateway, settings, {}, otherBearer);
    await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', token, action }] });
    const refused = await askTelling(stage, ofTheZone('certificates { id }'));
    expect(refused.codes).toHaveLength(1);

    await failing(stage);
    expect(await askTelling(stage, settings)).toMatchObject({
      data: { zone: { settings: null } },
      codes: ['UPSTREAM_FAILED'],
    });
    // Whoever was not refused keeps it.
    expect(await askTelling(stage, settings, otherBearer)).toMatchObject({
      data: enabled(true),
      cache: { hits: 1 },
    });
  });

  it('and is no longer admitted to change anything', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({ rules: [{ token, action: { refuseToken: true } }] });
    await askTelling(stage, ofTheZone('certificates { id }'));
    const { errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });
    expect(errors).toMatchObject([{ path: ['updateZoneSettings'], extensions: { code: 'FORBIDDEN' } }]);
    expect(Object.keys(await stage.sandbox.calls())).not.toContain('settings.update');
  });
});
