import { describe, expect, it } from '@jest/globals';
import {
  type CachingStage,
  longLifetimes,
  otherBearer,
  startCaching,
  strangerBearer,
} from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { codeOf, type Reply } from '../support/http/http.js';
import {
  anAssociation,
  apiKey,
  aUseOf,
  bearer,
  email,
  operationNames,
  pathOf,
  seededZone,
  token,
} from '../support/http/requests.js';
import {
  settings,
  unknownHostname,
  name,
  reads,
  cacheStatusOf,
  isHit,
  enabledOf,
  ttlOf,
  expectForThisCallerAlone,
  use,
} from '../support/cache/rest-caching.js';

const writes = operationNames.filter((each) => !reads.includes(each));

describe('Cached 404 answers', () => {
  it.concurrent('The cache keeps a 404 for about five seconds', async () => {
    await using stage = await startCaching({ CACHE_TTL_NOT_FOUND_SECONDS: 5 });
    const miss = await stage.ask('GET', unknownHostname);
    const begunAt = performance.now();
    const hit = await stage.ask('GET', unknownHostname);
    expect([miss.status, hit.status]).toEqual([404, 404]);
    expect(codeOf(hit)).toBe(1553);
    expect(hit.body).toEqual(miss.body);
    expect(isHit(hit)).toBe(true);
    expect(ttlOf(hit)).toBeLessThanOrEqual(5);
    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 1 });

    await stage.behindItsBack('PUT', pathOf('/hostnames'), { config: [anAssociation()] });
    await eventually(async () => (await stage.ask('GET', unknownHostname)).status === 200 || undefined);
    // At most 5 s, and the delay of a busy machine.
    expect(performance.now() - begunAt).toBeLessThan(6500);
  });

  it.concurrent('A change ends a cached 404 at once', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', unknownHostname);
    await stage.ask('PUT', pathOf('/hostnames'), { body: { config: [anAssociation()] } });
    expect((await stage.ask('GET', unknownHostname)).status).toBe(200);
  });

  it.concurrent('A cached 404 is no stale-if-error answer where Cloudflare fails', async () => {
    await using stage = await startCaching({ CACHE_TTL_NOT_FOUND_SECONDS: 1 });
    await stage.ask('GET', unknownHostname);
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    await eventually(async () => (await stage.ask('GET', unknownHostname)).status === 500 || undefined);
  });
});

describe('Changes and the cache', () => {
  it.concurrent.each(writes)(
    'The change %s ends the cached answers of its zone for every credential',
    async (operation) => {
      await using stage = await startCaching();
      const uses = await Promise.all(
        (
          [
            'settings.get',
            'global_level.get',
            'zone_certificate.list',
            'hostname_certificate.list',
            'hostname.list',
          ] as const
        ).map(aUseOf),
      );
      const readAll = async (headers = bearer) => {
        const replies = [];
        for (const { path } of uses) replies.push(await stage.ask('GET', path, { headers }));
        return replies;
      };
      const before = await readAll();
      await readAll(otherBearer);
      expect((await readAll(otherBearer)).map(isHit)).toEqual(Array(5).fill(true));

      const change = await use(stage, await aUseOf(operation));
      expect(change.status).toBe(200);
      expect(change.headers).not.toHaveProperty('cache-status');
      expect(change.headers).not.toHaveProperty('etag');
      expectForThisCallerAlone(change);

      const [own, others] = [await readAll(), await readAll(otherBearer)];
      const truth = await Promise.all(uses.map(({ path }) => stage.behindItsBack('GET', path)));
      const texts = (replies: Reply[]) => replies.map(({ body }) => body.toString());
      expect([...own, ...others].map(isHit)).toEqual(Array(10).fill(false));
      expect(texts(own)).toEqual(texts(truth));
      expect(texts(others)).toEqual(texts(truth));
      expect(texts(own)).not.toEqual(texts(before));
    },
  );

  it.concurrent('While a change is in progress, reads bypass the cache and are not stored', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    await stage.sandbox.faults({
      rules: [{ operation: 'settings.update', action: { delayMs: 2000, when: 'after' } }],
    });
    const change = stage.ask('PUT', settings, { body: { enabled: false } });
    const reply = await eventually(async () => {
      const during = await stage.ask('GET', settings);
      return isHit(during) || enabledOf(during) ? undefined : during;
    });
    expect(cacheStatusOf(reply)).toBe(`${name}; fwd=bypass`);
    expect(reply.headers).not.toHaveProperty('age');
    expect(reply.headers).not.toHaveProperty('etag');
    expectForThisCallerAlone(reply);
    expect((await change).status).toBe(200);
    const after = await stage.ask('GET', settings);
    expect(enabledOf(after)).toBe(false);
    expect(cacheStatusOf(after)).toMatch(/; stored/);
  });

  it.concurrent('An answer stored after a change has a ttl of at most five seconds', async () => {
    await using stage = await startCaching();
    await stage.ask('PUT', settings, { body: { enabled: false } });
    expect(ttlOf(await stage.ask('GET', settings))).toBeLessThanOrEqual(5);
    expect(longLifetimes.CACHE_TTL_ITEM_SECONDS).toBeGreaterThan(5);
  });

  it.concurrent('A change by an unknown credential ends no cached answer and is not sent', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const refused = await stage.ask('PUT', settings, { headers: strangerBearer, body: { enabled: false } });
    expect([401, 403]).toContain(refused.status);
    expect(isHit(await stage.ask('GET', settings))).toBe(true);
    expect(Object.keys(await stage.sandbox.calls())).toEqual(['settings.get']);
  });

  it.concurrent('The refusal of a change has no Cache-Status, Age or ETag header', async () => {
    await using stage = await startCaching();
    const refused = await stage.ask('PUT', settings, {
      headers: { ...strangerBearer, 'if-none-match': '*' },
      body: { enabled: false },
    });
    expect(codeOf(refused)).toBe(10000);
    for (const header of ['cache-status', 'age', 'etag']) expect(refused.headers).not.toHaveProperty(header);
  });
});

describe('Stale answers (stale-if-error)', () => {
  const untilNoHit = (stage: CachingStage) =>
    eventually(async () => {
      const reply = await stage.ask('GET', settings);
      return isHit(reply) ? undefined : reply;
    });

  it.concurrent.each([
    ['an error', { status: 500 }],
    ['a page of HTML', { status: 502, text: '<html>' }],
    ['no answer', { drop: 'before' }],
    ['status 429', { status: 429, headers: { 'retry-after': '120' } }],
  ] as const)(
    'A stale hit answers where Cloudflare sends %s, with detail=stale-if-error',
    async (_, action) => {
      await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
      const first = await stage.ask('GET', settings);
      await stage.sandbox.faults({ rules: [{ action }] });

      const stale = await untilNoHit(stage);

      expect(stale.status).toBe(200);
      expect(stale.body).toEqual(first.body);
      expect(cacheStatusOf(stale)).toMatch(/^origin-pulls-gateway; hit; ttl=-\d+; detail=stale-if-error$/);
      expect(stale.headers['age']).toMatch(/^\d+$/);
      for (const header of ['cf-ray', 'ratelimit', 'retry-after']) {
        expect(stale.headers).not.toHaveProperty(header);
      }
    },
  );

  it.concurrent('A change ends stale-if-error: a later 500 is passed on', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await stage.ask('GET', settings);
    await stage.ask('PUT', settings, { body: { enabled: false } });
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    const reply = await stage.ask('GET', settings);
    expect([reply.status, cacheStatusOf(reply)]).toEqual([500, `${name}; fwd=miss`]);
  });

  it.concurrent('A 500 is passed on after STALE_IF_ERROR_SECONDS', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1, STALE_IF_ERROR_SECONDS: 2 });
    await stage.ask('GET', settings);
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    await eventually(async () => (await stage.ask('GET', settings)).status === 500 || undefined);
  });
});

describe('Cached answers of several credentials', () => {
  it.concurrent.each([
    ['another token', otherBearer],
    ['an e-mail and a key', { 'x-auth-email': email, 'x-auth-key': apiKey }],
  ] as const)('The cached answer of a token is no hit for %s', async (_, headers) => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    expect(isHit(await stage.ask('GET', settings, { headers }))).toBe(false);
    expect(isHit(await stage.ask('GET', settings, { headers }))).toBe(true);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it.concurrent('A wrong token with a correct e-mail and key gets no cached answer of that key', async () => {
    await using stage = await startCaching();
    const key = { 'x-auth-email': email, 'x-auth-key': apiKey };
    await stage.ask('GET', settings, { headers: key });
    const both = await stage.ask('GET', settings, { headers: { ...strangerBearer, ...key } });
    expect([401, 403]).toContain(both.status);
  });

  it.concurrent('A refused credential loses its cached answers, and another one keeps its own', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    await stage.ask('GET', settings, { headers: otherBearer });
    await stage.sandbox.faults({
      rules: [{ operation: 'zone_certificate.list', token, action: { refuseToken: true } }],
    });
    expect((await stage.ask('GET', pathOf(''))).status).toBe(403);
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    expect((await stage.ask('GET', settings)).status).toBe(500);
    expect(isHit(await stage.ask('GET', settings, { headers: otherBearer }))).toBe(true);
  });

  it.concurrent('A refused change leaves a read-only credential its reads', async () => {
    await using stage = await startCaching();
    const headers = { authorization: 'Bearer sandbox-token-read-only' };
    const certificates = `/zones/${seededZone}/origin_tls_client_auth`;
    await stage.ask('GET', certificates, { headers });
    expect((await stage.ask('PUT', settings, { headers, body: { enabled: false } })).status).toBe(403);
    const again = await stage.ask('GET', certificates, { headers });
    expect(again.status).toBe(200);
  });
});
