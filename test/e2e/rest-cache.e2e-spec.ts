import { describe, expect, it } from '@jest/globals';
import { otherBearer, startCaching, strangerBearer } from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { codeOf } from '../support/http/http.js';
import { aUseOf, bearer, pathOf } from '../support/http/requests.js';
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

describe('Cached reads', () => {
  it.each(reads)('The read %s is a stored miss, then a hit with the same bytes', async (operation) => {
    await using stage = await startCaching();
    const read = await aUseOf(operation);

    const miss = await use(stage, read);
    const hit = await use(stage, read);

    expect(miss.status).toBe(200);
    expect(cacheStatusOf(miss)).toMatch(/^origin-pulls-gateway; fwd=miss; stored; ttl=\d+$/);
    expect(miss.headers).not.toHaveProperty('age');
    expect(hit.status).toBe(200);
    expect(isHit(hit)).toBe(true);
    expect(hit.headers['age']).toMatch(/^\d+$/);
    expect(hit.body).toEqual(miss.body);
    expect(hit.headers['content-type']).toBe(miss.headers['content-type']);
    expect(hit.headers['etag']).toMatch(/^"[\w-]{16,}"$/);
    expect(hit.headers['etag']).toBe(miss.headers['etag']);
    expectForThisCallerAlone(miss);
    expectForThisCallerAlone(hit);
    expect(await stage.sandbox.calls()).toEqual({ [operation]: 1 });
  });

  it('A miss has the rate-limit headers and cf-ray of its call, and a hit has none', async () => {
    await using stage = await startCaching();
    const miss = await stage.ask('GET', settings);
    const hit = await stage.ask('GET', settings);
    const ofACall = /^(cf-ray|cf-auditlog-id|retry-after|x-?ratelimit.*|ratelimit.*)$/;
    expect(Object.keys(miss.headers)).toEqual(
      expect.arrayContaining(['cf-ray', 'ratelimit', 'ratelimit-policy']),
    );
    expect(Object.keys(hit.headers).filter((each) => ofACall.test(each))).toEqual([]);
    expect(hit.headers['x-request-id']).not.toBe(miss.headers['x-request-id']);
  });

  it('The Age of a hit grows and its ttl shrinks', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const young = await stage.ask('GET', settings);
    const old = await eventually(async () => {
      const reply = await stage.ask('GET', settings);
      return Number(reply.headers['age']) >= 2 ? reply : undefined;
    });
    expect(isHit(old)).toBe(true);
    expect(ttlOf(old)).toBeLessThan(ttlOf(young));
    // 600 s, give or take 15 %.
    expect(ttlOf(young)).toBeGreaterThanOrEqual(500);
    expect(ttlOf(young)).toBeLessThanOrEqual(690);
  });

  it('Page, per_page, status and hostname are parts of the cache key', async () => {
    await using stage = await startCaching();
    const list = (query: string) => stage.ask('GET', pathOf(`/hostnames${query}`));
    const replies = [];
    for (const query of ['', '?per_page=1', '?per_page=1&page=2', '?status=all']) {
      replies.push(await list(query));
    }
    expect(replies.map(isHit)).toEqual([false, false, false, false]);
    expect(isHit(await list('?page=2&per_page=1'))).toBe(true);
    // Not passed on, so it asks the same.
    expect(isHit(await list('?per_page=1&unheard=of'))).toBe(true);
    await stage.ask('GET', pathOf('/hostnames/app.example.com'));
    expect(isHit(await stage.ask('GET', pathOf('/hostnames/legacy.example.com')))).toBe(false);
    expect(isHit(await stage.ask('GET', pathOf('/hostnames/APP.example.com')))).toBe(true);
  });

  it('A HEAD request has no body', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const head = await stage.ask('HEAD', settings);
    expect(head.body).toHaveLength(0);
  });

  it('A failed read is not stored', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { status: 500 } }] });
    const failed = await stage.ask('GET', settings);
    expect([failed.status, cacheStatusOf(failed)]).toEqual([500, `${name}; fwd=miss`]);
    expect(failed.headers).not.toHaveProperty('etag');
    expect((await stage.ask('GET', settings)).status).toBe(200);
  });

  it('With a lifetime of 0 every read is a miss', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 0 });
    await stage.ask('GET', settings);
    const again = await stage.ask('GET', settings);
    expect(cacheStatusOf(again)).toBe(`${name}; fwd=miss`);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });
});

describe('Single flight', () => {
  it('A thousand reads at once cause one upstream call', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 1000 });
    const replies = await Promise.all(Array.from({ length: 1000 }, () => stage.ask('GET', settings)));

    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(({ body }) => body.toString())).size).toBe(1);
    const waited = replies.filter((reply) => String(cacheStatusOf(reply)).endsWith('; collapsed'));
    const late = replies.filter(isHit);
    expect(waited.length).toBeGreaterThan(100);
    expect(waited.length + late.length).toBe(999);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('Reads at once by two credentials cause one upstream call for each', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 500 });
    const asking = [bearer, otherBearer].flatMap((headers) =>
      Array.from({ length: 50 }, () => stage.ask('GET', settings, { headers })),
    );
    const replies = await Promise.all(asking);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it('Reads at once share a failure, and the next read is sent upstream', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 500, rules: [{ count: 1, action: { status: 503 } }] });
    const replies = await Promise.all(Array.from({ length: 50 }, () => stage.ask('GET', settings)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([503]));
    expect((await stage.ask('GET', settings)).status).toBe(200);
  });
});

describe('If-None-Match', () => {
  it.each([
    ['the tag', (etag: string) => etag],
    ['the tag, weak', (etag: string) => `W/${etag}`],
    ['the tag among others', (etag: string) => `"other", ${etag}`],
    ['any tag', () => '*'],
  ])('If-None-Match with %s answers 304 without a body', async (_, condition) => {
    await using stage = await startCaching();
    const etag = String((await stage.ask('GET', settings)).headers['etag']);
    const headers = { ...bearer, 'if-none-match': condition(etag) };

    const reply = await stage.ask('GET', settings, { headers });

    expect([reply.status, reply.body.length]).toEqual([304, 0]);
    expect(reply.headers['etag']).toBe(etag);
    expect(isHit(reply)).toBe(true);
    expect(reply.headers).not.toHaveProperty('cf-ray');
    expect(reply.headers).not.toHaveProperty('content-type');
    expectForThisCallerAlone(reply);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it.each(['"other"', 'W/"other"', '""', 'nonsense', ''])(
    'If-None-Match with the value %j answers 200',
    async (condition) => {
      await using stage = await startCaching();
      await stage.ask('GET', settings);
      const reply = await stage.ask('GET', settings, { headers: { ...bearer, 'if-none-match': condition } });
      expect(reply.status).toBe(200);
      expect(enabledOf(reply)).toBe(true);
    },
  );

  it('After a change If-None-Match answers 200 with a new ETag', async () => {
    await using stage = await startCaching();
    const etag = String((await stage.ask('GET', settings)).headers['etag']);
    await stage.ask('PUT', settings, { body: { enabled: false } });
    const reply = await stage.ask('GET', settings, { headers: { ...bearer, 'if-none-match': etag } });
    expect([reply.status, enabledOf(reply)]).toEqual([200, false]);
    expect(reply.headers['etag']).not.toBe(etag);
  });

  it('If-None-Match by a credential without a cached answer is sent to Cloudflare', async () => {
    await using stage = await startCaching();
    const etag = String((await stage.ask('GET', settings)).headers['etag']);
    const stranger = await stage.ask('GET', settings, {
      headers: { ...strangerBearer, 'if-none-match': etag },
    });
    expect([401, 403]).toContain(stranger.status);
    expect(codeOf(stranger)).toBe(10000);
    await stage.ask('GET', settings, { headers: { ...otherBearer, 'if-none-match': etag } });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 3 });
  });

  it('If-None-Match with * leaves a 404 a 404', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', unknownHostname);
    const reply = await stage.ask('GET', unknownHostname, { headers: { ...bearer, 'if-none-match': '*' } });
    expect(reply.status).toBe(404);
  });
});

describe('Cache-Control: no-cache', () => {
  it('Cache-Control: no-cache reads from Cloudflare and stores the answer', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    await stage.behindItsBack('PUT', settings, { enabled: false });
    expect(enabledOf(await stage.ask('GET', settings))).toBe(true);

    const fresh = await stage.ask('GET', settings, { headers: { ...bearer, 'cache-control': 'no-cache' } });
    expect(enabledOf(fresh)).toBe(false);
    expect(cacheStatusOf(fresh)).toMatch(/^origin-pulls-gateway; fwd=request; stored; ttl=\d+$/);
    expect(fresh.headers).toHaveProperty('cf-ray');

    const kept = await stage.ask('GET', settings);
    expect([isHit(kept), enabledOf(kept)]).toEqual([true, false]);
    expect((await stage.sandbox.calls())['settings.get']).toBe(2);
  });

  it.each(['no-cachet', 'x-no-cache=1', 'max-age=0'])('Cache-Control: %s still gets a hit', async (value) => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    expect(isHit(await stage.ask('GET', settings, { headers: { ...bearer, 'cache-control': value } }))).toBe(
      true,
    );
  });
});
