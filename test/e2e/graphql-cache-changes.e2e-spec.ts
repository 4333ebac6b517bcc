import { afterAll, describe, expect, it } from '@jest/globals';
import {
  type CachingStage,
  otherBearer,
  sharedCaching,
  startCaching,
  strangerBearer,
} from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, type MutationName, mutate } from '../support/graphql/graphql.js';
import { apiKey, email, seededZone, token } from '../support/http/requests.js';
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
const nextStage = sharedCaching();
const nextShortLived = sharedCaching({ CACHE_TTL_ITEM_SECONDS: 1 });

describe('Queries after a change', () => {
  let uncached: Promise<RunningGateway> | undefined;
  afterAll(async () => await (await uncached)?.close());

  it.each(mutationNames)('Both credentials see the new state at once after %s', async (name) => {
    const stage = await nextStage();
    const { otherBearer } = stage;
    const before = await dataOf(stage, wholeZone);
    expect(await dataOf(stage, wholeZone, otherBearer)).toEqual(before);
    expect((await askTelling(stage, wholeZone, otherBearer)).cache).toMatchObject({ hits: 5 });

    await change(stage, name);
    const [own, others] = [await dataOf(stage, wholeZone), await dataOf(stage, wholeZone, otherBearer)];
    uncached ??= startGateway({ upstream: stage.sandbox.url });
    const { data: truth } = await ask(await uncached, wholeZone);

    expect(truth).not.toEqual(before);
    expect(own).toEqual(truth);
    expect(others).toEqual(truth);
    // The new state is cached.
    expect(await askTelling(stage, wholeZone)).toMatchObject({ data: truth, cache: { hits: 5, misses: 0 } });
  });

  it.each(mutationNames)('A credential has no hit after another credential makes %s', async (name) => {
    const stage = await nextStage();
    const before = await dataOf(stage, wholeZone);
    await change(stage, name, stage.otherBearer);
    const after = await askTelling(stage, wholeZone);
    expect(after.data).not.toEqual(before);
    expect(after.cache).toMatchObject({ hits: 0, misses: 5 });
  });

  it('After OUTCOME_UNKNOWN queries see the new state, and their answers are not cached', async () => {
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

  it('A read that overlaps a change is not cached', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.get', action: { delayMs: 600, when: 'after' } }],
    });
    // Admits the credential, so that the change needs no read before it.
    await ask(stage.gateway, ofTheZone('certificates { id: cloudflareId }'));
    const slow = dataOf(stage, settings);
    await eventually(async () => (await settingsCalls(stage)) ?? undefined);
    await change(stage, 'updateZoneSettings');
    await slow;
    expect(await dataOf(stage, settings)).toEqual(enabled(false));
  });

  it('Entries of another zone survive a change', async () => {
    await using stage = await startCaching({}, { anyZone: true });
    const other = `{ zone(id: "${'0'.repeat(32)}") { settings { enabled } } }`;
    await ask(stage.gateway, other);
    await change(stage, 'updateZoneSettings');
    expect((await askTelling(stage, other)).cache).toMatchObject({ hits: 1, misses: 0 });
  });

  it('A change that is refused before it is sent invalidates nothing', async () => {
    const stage = await nextStage();
    await ask(stage.gateway, settings);
    const input = { zoneId: seededZone, enabled: false };
    const strangers = await mutate(stage.gateway, 'updateZoneSettings', input, strangerBearer);
    expect(strangers.payload?.userErrors).toHaveLength(1);
    const malformed = await mutate(stage.gateway, 'updateHostnames', { zoneId: seededZone, changes: [] });
    expect(malformed.payload?.userErrors).toHaveLength(1);

    expect((await askTelling(stage, settings)).cache).toMatchObject({ hits: 1, misses: 0 });
  });
});

describe('stale-if-error', () => {
  const untilStale = (stage: CachingStage, headers?: Headers) =>
    eventually(async () => {
      const answer = await askTelling(stage, settings, headers);
      return answer.cache?.hits === 1 ? undefined : answer;
    });

  it.each([
    ['answers 500', { status: 500 }],
    ['answers a page of HTML', { status: 502, text: '<html>' }],
    ['closes the connection', { drop: 'before' }],
    ['answers 429', { status: 429 }],
  ] as const)('The last answer is served, and counted as stale, if Cloudflare %s', async (_, action) => {
    const stage = await nextShortLived();
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

  it('A stale answer is not served after a change by the same credential', async () => {
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

  it('A stale answer is not served after a change by another credential', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await ask(stage.gateway, settings);
    await change(stage, 'updateZoneSettings', otherBearer);
    await stage.sandbox.faults({ rules: [{ action: { drop: 'before' } }] });
    const { codes, cache } = await askTelling(stage, settings);
    expect(codes).toEqual(['UPSTREAM_UNREACHABLE']);
    expect(cache?.stale).toBe(0);
  });

  it('A stale answer of one credential is not served to another', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await failing(stage);
    expect((await askTelling(stage, settings, otherBearer)).codes).toEqual(['UPSTREAM_FAILED']);
  });

  it('No stale answer is served if STALE_IF_ERROR_SECONDS is 0', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1, STALE_IF_ERROR_SECONDS: 0 });
    await ask(stage.gateway, settings);
    await failing(stage);
    expect((await untilStale(stage)).codes).toEqual(['UPSTREAM_FAILED']);
  });

  it('A stale answer does not admit a change', async () => {
    const stage = await nextShortLived();
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

describe('Cache entries of two credentials', () => {
  it.each([
    ['Another token', otherBearer],
    ['A token that may only read', { authorization: 'Bearer sandbox-token-read-only' }],
    ['An e-mail address with a key', { 'x-auth-email': email, 'x-auth-key': apiKey }],
  ] as const)('%s has a miss first, and hits only its own entry', async (_, headers) => {
    const stage = await nextStage();
    await ask(stage.gateway, settings);
    const first = await askTelling(stage, settings, headers);
    const again = await askTelling(stage, settings, headers);
    expect(first).toMatchObject({ data: enabled(true), cache: { hits: 0, misses: 1 } });
    expect(again).toMatchObject({ data: enabled(true), cache: { hits: 1, misses: 0 } });
    expect(await settingsCalls(stage)).toBe(2);
  });

  it.each([
    ['An unknown token', strangerBearer],
    ['An unknown token with a known prefix', { authorization: `Bearer ${token}x` }],
    ['A request without a token', {}],
  ] as const)('%s gets no cached answer', async (_, headers) => {
    const stage = await nextStage();
    await ask(stage.gateway, settings);
    const { data, codes, cache } = await askTelling(stage, settings, headers);
    expect(data).toEqual({ zone: { settings: null } });
    expect(codes).toHaveLength(1);
    expect(cache).toMatchObject({ hits: 0, stale: 0 });
  });

  it('Three credentials that read the settings at the same time make three calls', async () => {
    const stage = await nextStage();
    await stage.sandbox.faults({ latencyMs: 300 });
    const answers = await Promise.all(
      [stage.bearer, stage.otherBearer, strangerBearer].map((headers) =>
        askTelling(stage, settings, headers),
      ),
    );
    expect(answers.map(({ data }) => data)).toEqual([
      enabled(true),
      enabled(true),
      { zone: { settings: null } },
    ]);
    expect(await settingsCalls(stage)).toBe(3);
  });
});

describe('A credential that Cloudflare refuses', () => {
  it.each([
    [403, { refuseToken: true } as const],
    [401, { status: 401 }],
  ])(
    'A credential that is refused with %d loses its entries, and gets no stale answer',
    async (_, action) => {
      await using stage = await startCaching();
      await ask(stage.gateway, settings);
      await ask(stage.gateway, settings, {}, otherBearer);
      await stage.sandbox.faults({ rules: [{ operation: 'zone_certificate.list', token, action }] });
      const refused = await askTelling(stage, ofTheZone('certificates { id: cloudflareId }'));
      expect(refused.codes).toHaveLength(1);

      await failing(stage);
      expect(await askTelling(stage, settings)).toMatchObject({
        data: { zone: { settings: null } },
        codes: ['UPSTREAM_FAILED'],
      });
      // The credential that was not refused keeps its entries.
      expect(await askTelling(stage, settings, otherBearer)).toMatchObject({
        data: enabled(true),
        cache: { hits: 1 },
      });
    },
  );

  it('A credential that is refused with 403 is no longer admitted to make changes', async () => {
    await using stage = await startCaching();
    await ask(stage.gateway, settings);
    await stage.sandbox.faults({ rules: [{ token, action: { refuseToken: true } }] });
    await askTelling(stage, ofTheZone('certificates { id: cloudflareId }'));
    const { payload } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });
    expect(payload?.userErrors).toMatchObject([{ code: 'PERMISSION_MISSING' }]);
    expect(Object.keys(await stage.sandbox.calls())).not.toContain('settings.update');
  });
});
