import { describe, expect, it } from '@jest/globals';
import {
  type CachingStage,
  longLifetimes,
  otherBearer,
  startCaching,
  strangerBearer,
} from '../support/caching.js';
import { eventually } from '../support/eventually.js';
import { codeOf, envelopeOf, type Reply } from '../support/http.js';
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
  type Use,
} from '../support/requests.js';

const settings = pathOf('/settings');
const unknownHostname = pathOf('/hostnames/new.example.com');
const name = 'origin-pulls-gateway';
const reads = operationNames.filter((each) => /\.(list|get)$/.test(each));
const writes = operationNames.filter((each) => !reads.includes(each));

const cacheStatusOf = ({ headers }: Reply) => headers['cache-status'];
const isHit = (reply: Reply) => /^origin-pulls-gateway; hit; ttl=\d+$/.test(String(cacheStatusOf(reply)));
const enabledOf = (reply: Reply) => (envelopeOf(reply).result as { enabled: boolean }).enabled;
const ttlOf = (reply: Reply) => Number(/ttl=(-?\d+)/.exec(String(cacheStatusOf(reply)))?.[1]);

function expectForThisCallerAlone({ headers }: Reply): void {
  expect(headers['cache-control']).toBe('private, no-cache');
  expect(headers['vary']?.split(/, */).map((each) => each.toLowerCase())).toEqual(
    expect.arrayContaining(['authorization', 'x-auth-email', 'x-auth-key']),
  );
}

const use = (stage: CachingStage, { method, path, body }: Use) => stage.ask(method, path, { body });

describe('A read', () => {
  it.each(reads)('%s is a miss that is kept, then a hit with the same bytes', async (operation) => {
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

  it('has what Cloudflare said of that call, and a hit has not', async () => {
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

  it('has an age that grows, and a life that shrinks', async () => {
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

  it('is told apart by what it asks: pages, statuses, hostnames', async () => {
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

  it('of HEAD is none of these', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const head = await stage.ask('HEAD', settings);
    expect(head.body).toHaveLength(0);
  });

  it('that fails is not kept', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { status: 500 } }] });
    const failed = await stage.ask('GET', settings);
    expect([failed.status, cacheStatusOf(failed)]).toEqual([500, `${name}; fwd=miss`]);
    expect(failed.headers).not.toHaveProperty('etag');
    expect((await stage.ask('GET', settings)).status).toBe(200);
  });

  it('that nobody keeps says so: a lifetime of 0', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 0 });
    await stage.ask('GET', settings);
    const again = await stage.ask('GET', settings);
    expect(cacheStatusOf(again)).toBe(`${name}; fwd=miss`);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });
});

describe('A thousand reads at once, of what is not there yet,', () => {
  it('are one call', async () => {
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

  it('are one for each credential', async () => {
    await using stage = await startCaching();
    await stage.sandbox.faults({ latencyMs: 500 });
    const asking = [bearer, otherBearer].flatMap((headers) =>
      Array.from({ length: 50 }, () => stage.ask('GET', settings, { headers })),
    );
    const replies = await Promise.all(asking);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it('share a failure as well, and the next one asks anew', async () => {
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
    ['any', () => '*'],
  ])('with %s is 304 without a body', async (_, condition) => {
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

  it.each(['"other"', 'W/"other"', '""', 'nonsense', ''])('with %j is the answer', async (condition) => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const reply = await stage.ask('GET', settings, { headers: { ...bearer, 'if-none-match': condition } });
    expect(reply.status).toBe(200);
    expect(enabledOf(reply)).toBe(true);
  });

  it('is the new answer after a change, with a tag of its own', async () => {
    await using stage = await startCaching();
    const etag = String((await stage.ask('GET', settings)).headers['etag']);
    await stage.ask('PUT', settings, { body: { enabled: false } });
    const reply = await stage.ask('GET', settings, { headers: { ...bearer, 'if-none-match': etag } });
    expect([reply.status, enabledOf(reply)]).toEqual([200, false]);
    expect(reply.headers['etag']).not.toBe(etag);
  });

  it('is asked of Cloudflare for a credential that has not read it', async () => {
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

  it('does not make a 404 of Cloudflare a 304', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', unknownHostname);
    const reply = await stage.ask('GET', unknownHostname, { headers: { ...bearer, 'if-none-match': '*' } });
    expect(reply.status).toBe(404);
  });
});

describe('Cache-Control: no-cache', () => {
  it('asks Cloudflare, and what it answers is kept', async () => {
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

  it.each(['no-cachet', 'x-no-cache=1', 'max-age=0'])('and nothing that looks like it: %s', async (value) => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    expect(isHit(await stage.ask('GET', settings, { headers: { ...bearer, 'cache-control': value } }))).toBe(
      true,
    );
  });
});

describe('That something is not there', () => {
  it('is kept too, for about five seconds', async () => {
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
    // 5 s at most, and what a busy machine adds.
    expect(performance.now() - begunAt).toBeLessThan(6500);
  });

  it('ends at once with a change', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', unknownHostname);
    await stage.ask('PUT', pathOf('/hostnames'), { body: { config: [anAssociation()] } });
    expect((await stage.ask('GET', unknownHostname)).status).toBe(200);
  });

  it('does not stand in where Cloudflare fails', async () => {
    await using stage = await startCaching({ CACHE_TTL_NOT_FOUND_SECONDS: 1 });
    await stage.ask('GET', unknownHostname);
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    await eventually(async () => (await stage.ask('GET', unknownHostname)).status === 500 || undefined);
  });
});

describe('A change', () => {
  it.each(writes)('%s ends what is kept of the zone, for every credential', async (operation) => {
    await using stage = await startCaching();
    const uses = await Promise.all(
      (['settings.get', 'zone_certificate.list', 'hostname_certificate.list', 'hostname.list'] as const).map(
        aUseOf,
      ),
    );
    const readAll = async (headers = bearer) => {
      const replies = [];
      for (const { path } of uses) replies.push(await stage.ask('GET', path, { headers }));
      return replies;
    };
    const before = await readAll();
    await readAll(otherBearer);
    expect((await readAll(otherBearer)).map(isHit)).toEqual([true, true, true, true]);

    const change = await use(stage, await aUseOf(operation));
    expect(change.status).toBe(200);
    expect(change.headers).not.toHaveProperty('cache-status');
    expect(change.headers).not.toHaveProperty('etag');
    expectForThisCallerAlone(change);

    const [own, others] = [await readAll(), await readAll(otherBearer)];
    const truth = await Promise.all(uses.map(({ path }) => stage.behindItsBack('GET', path)));
    const texts = (replies: Reply[]) => replies.map(({ body }) => body.toString());
    expect([...own, ...others].map(isHit)).toEqual(Array(8).fill(false));
    expect(texts(own)).toEqual(texts(truth));
    expect(texts(others)).toEqual(texts(truth));
    expect(texts(own)).not.toEqual(texts(before));
  });

  it('that is under way keeps anything from being kept, and each read is of Cloudflare', async () => {
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

  it('is followed by some minutes in which nothing lives longer than five seconds', async () => {
    await using stage = await startCaching();
    await stage.ask('PUT', settings, { body: { enabled: false } });
    expect(ttlOf(await stage.ask('GET', settings))).toBeLessThanOrEqual(5);
    expect(longLifetimes.CACHE_TTL_ITEM_SECONDS).toBeGreaterThan(5);
  });

  it('that a made-up credential asks for ends nothing', async () => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    const refused = await stage.ask('PUT', settings, { headers: strangerBearer, body: { enabled: false } });
    expect([401, 403]).toContain(refused.status);
    expect(isHit(await stage.ask('GET', settings))).toBe(true);
    expect(Object.keys(await stage.sandbox.calls())).toEqual(['settings.get']);
  });

  it('that is refused before it goes out is answered as a change is: without the cache in it', async () => {
    await using stage = await startCaching();
    const refused = await stage.ask('PUT', settings, {
      headers: { ...strangerBearer, 'if-none-match': '*' },
      body: { enabled: false },
    });
    expect(codeOf(refused)).toBe(10000);
    for (const header of ['cache-status', 'age', 'etag']) expect(refused.headers).not.toHaveProperty(header);
  });
});

describe('Where Cloudflare fails, what was last known stands in', () => {
  const untilNoHit = (stage: CachingStage) =>
    eventually(async () => {
      const reply = await stage.ask('GET', settings);
      return isHit(reply) ? undefined : reply;
    });

  it.each([
    ['an error', { status: 500 }],
    ['a page of HTML', { status: 502, text: '<html>' }],
    ['no answer', { drop: 'before' }],
    ['too many', { status: 429, headers: { 'retry-after': '120' } }],
  ] as const)('and says so: %s', async (_, action) => {
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
  });

  it('but not after a change', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1 });
    await stage.ask('GET', settings);
    await stage.ask('PUT', settings, { body: { enabled: false } });
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    const reply = await stage.ask('GET', settings);
    expect([reply.status, cacheStatusOf(reply)]).toEqual([500, `${name}; fwd=miss`]);
  });

  it('but not for longer than it may', async () => {
    await using stage = await startCaching({ CACHE_TTL_ITEM_SECONDS: 1, STALE_IF_ERROR_SECONDS: 2 });
    await stage.ask('GET', settings);
    await stage.sandbox.faults({ rules: [{ action: { status: 500 } }] });
    await eventually(async () => (await stage.ask('GET', settings)).status === 500 || undefined);
  });
});

describe('Two credentials never share what is kept', () => {
  it.each([
    ['another token', otherBearer],
    ['an e-mail and a key', { 'x-auth-email': email, 'x-auth-key': apiKey }],
  ] as const)('%s', async (_, headers) => {
    await using stage = await startCaching();
    await stage.ask('GET', settings);
    expect(isHit(await stage.ask('GET', settings, { headers }))).toBe(false);
    expect(isHit(await stage.ask('GET', settings, { headers }))).toBe(true);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it('nor does one with a token before its e-mail and key share with these', async () => {
    await using stage = await startCaching();
    const key = { 'x-auth-email': email, 'x-auth-key': apiKey };
    await stage.ask('GET', settings, { headers: key });
    const both = await stage.ask('GET', settings, { headers: { ...strangerBearer, ...key } });
    expect([401, 403]).toContain(both.status);
  });

  it('and a refused one loses what was kept for it', async () => {
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

  it('while a refused change takes nothing from who may only read', async () => {
    await using stage = await startCaching();
    const headers = { authorization: 'Bearer sandbox-token-read-only' };
    const certificates = `/zones/${seededZone}/origin_tls_client_auth`;
    await stage.ask('GET', certificates, { headers });
    expect((await stage.ask('PUT', settings, { headers, body: { enabled: false } })).status).toBe(403);
    const again = await stage.ask('GET', certificates, { headers });
    expect(again.status).toBe(200);
  });
});
