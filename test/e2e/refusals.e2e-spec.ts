import { type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { call, type Reply } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';
import { caches, type CacheInUse } from '../support/cache/stores.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

const json = 'application/json';
const html = '<html><body>Sorry, you have been blocked</body></html>';
const envelope = (code: number) =>
  JSON.stringify({ success: false, errors: [{ code, message: 'No.' }], messages: [] });

interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  readonly location?: string;
  /** What the refusal removes from the cache. */
  readonly ends: 'the credential' | 'the zone' | 'the question';
  /** Of the gateway's answer over REST, where it is not `status`. */
  readonly answered?: number;
}

const refusals: readonly Refusal[] = [
  { name: '401 in JSON', status: 401, body: envelope(10000), type: json, ends: 'the credential' },
  { name: '401 without a body', status: 401, body: '', ends: 'the credential' },
  { name: '401 in HTML', status: 401, body: html, type: 'text/html', ends: 'the credential' },
  { name: '400 with 6003', status: 400, body: envelope(6003), type: json, ends: 'the credential' },
  { name: '403 with 9109', status: 403, body: envelope(9109), type: json, ends: 'the credential' },
  { name: '403 with 10000', status: 403, body: envelope(10000), type: json, ends: 'the zone' },
  {
    name: '403 with another code',
    status: 403,
    body: envelope(1234),
    type: json,
    ends: 'the zone',
  },
  { name: '403 in HTML', status: 403, body: html, type: 'text/html', ends: 'the zone' },
  { name: '403 as text', status: 403, body: 'error code: 1020', type: 'text/plain', ends: 'the zone' },
  { name: '403 without a body', status: 403, body: '', ends: 'the zone' },
  { name: '403 as a JSON text', status: 403, body: '"no"', type: json, ends: 'the zone' },
  {
    name: 'a redirect to a login',
    status: 302,
    body: '',
    location: 'https://login.test/',
    ends: 'the zone',
    answered: 502,
  },
  {
    name: 'a redirect with an envelope',
    status: 307,
    body: envelope(10000),
    type: json,
    ends: 'the zone',
    answered: 502,
  },
  { name: '404 in HTML', status: 404, body: html, type: 'text/html', ends: 'the question' },
  { name: '404 in JSON', status: 404, body: envelope(1002), type: json, ends: 'the question' },
  { name: '410 as text', status: 410, body: 'gone', type: 'text/plain', ends: 'the question' },
  { name: '400 with a code', status: 400, body: envelope(1001), type: json, ends: 'the question' },
  {
    name: '200 without success',
    status: 200,
    body: envelope(1234),
    type: json,
    ends: 'the question',
    answered: 502,
  },
  {
    name: '200 without success, with 9109',
    status: 200,
    body: envelope(9109),
    type: json,
    ends: 'the credential',
    answered: 502,
  },
  {
    name: '200 without success, with 10000',
    status: 200,
    body: envelope(10000),
    type: json,
    ends: 'the zone',
    answered: 502,
  },
  { name: '200 in HTML', status: 200, body: html, type: 'text/html', ends: 'the question', answered: 502 },
];

const failures = [
  { name: '500 in JSON', status: 500, body: envelope(1), type: json },
  { name: '503 in HTML', status: 503, body: html, type: 'text/html' },
  { name: '520 without a body', status: 520, body: '' },
  { name: '429 in JSON', status: 429, body: envelope(971), type: json },
  { name: '429 in HTML', status: 429, body: html, type: 'text/html' },
  { name: '429 as text', status: 429, body: 'error code: 1015', type: 'text/plain' },
];

type Said = Pick<Refusal, 'status' | 'body' | 'type' | 'location'>;

const lifetimeMs = 1000;
const zoneOf = (index: number) => index.toString(16).padStart(32, '0');
const otherZone = 'f'.repeat(32);

/** Cloudflare, which answers each credential as it is told. */
async function startCloudflare() {
  const said = new Map<string, Said>();
  const calls: string[] = [];
  const success = { success: true, errors: [], messages: [], result: { enabled: true } };
  const answerWith = (outgoing: ServerResponse, { status, body, type, location }: Said) =>
    outgoing
      .writeHead(status, { ...(type && { 'content-type': type }), ...(location && { location }) })
      .end(body);
  const upstream = await startUpstream((incoming, outgoing) => {
    const { authorization = '' } = incoming.headers;
    calls.push(`${authorization} ${incoming.url}`);
    const isSettings = incoming.url?.endsWith('/settings') === true && !incoming.url.includes(otherZone);
    const told = isSettings ? said.get(authorization) : undefined;
    answerWith(outgoing, told ?? { status: 200, body: JSON.stringify(success), type: json });
  });
  return { upstream, calls, tell: (authorization: string, what: Said) => said.set(authorization, what) };
}

describe.each(caches)('A cache %s and refusals of Cloudflare', (_, startCache) => {
  let cache: CacheInUse;
  let cloudflare: Awaited<ReturnType<typeof startCloudflare>>;
  let upstream: Upstream;
  let gateway: RunningGateway;

  const everything = [...refusals, ...failures];
  const caller = (name: string) => {
    const index = everything.findIndex((each) => each.name === name) + 1;
    return { zone: zoneOf(index), headers: { authorization: `Bearer a-token-of-the-test-${index}` } };
  };
  const get = (
    { headers }: { headers: Record<string, string> },
    path: string,
    zone: string,
  ): Promise<Reply> => call(gateway.base + pathOf(path, zone), 'GET', { headers });
  const isHit = ({ headers }: Reply) => String(headers['cache-status']).includes('; hit; ttl=');

  beforeAll(async () => {
    cache = await startCache();
    cloudflare = await startCloudflare();
    ({ upstream } = cloudflare);
    gateway = await startGateway({
      upstream: upstream.url,
      ...cache.settings,
      CACHE_TTL_LIST_SECONDS: 600,
      CACHE_TTL_ITEM_SECONDS: lifetimeMs / 1000,
      STALE_IF_ERROR_SECONDS: 600,
    });
    for (const { name } of everything) {
      const who = caller(name);
      expect((await get(who, '/settings', who.zone)).status).toBe(200);
      expect((await get(who, '', who.zone)).status).toBe(200);
      expect((await get(who, '', otherZone)).status).toBe(200);
    }
    // The only thing that ends a lifetime is time.
    await sleep(lifetimeMs + 50);
    for (const each of everything) cloudflare.tell(caller(each.name).headers.authorization, each);
  });
  afterAll(async () => {
    await gateway.close();
    await upstream[Symbol.asyncDispose]();
    await cache.close();
  });

  it.each(refusals)(
    'A cached answer is not shown where Cloudflare answers $name',
    async ({ name, status, answered, ends }) => {
      const who = caller(name);

      const rest = await get(who, '/settings', who.zone);
      const { data, errors } = await ask<{ zone: { settings: unknown } }>(
        gateway,
        `{ zone(id: "${who.zone}") { settings { enabled } } }`,
        {},
        who.headers,
      );
      const audit = await call(`${gateway.url}/audit/events?zone=${who.zone}`, 'GET', who);

      expect(rest.status).toBe(answered ?? status);
      expect(data?.zone.settings).toBeNull();
      expect(errors).toHaveLength(1);
      // Cloudflare accepted the credential within the last 30 s, and has not taken that back.
      expect(audit.status).toBe(ends === 'the question' ? 200 : (answered ?? status));
      expect(isHit(await get(who, '', who.zone))).toBe(ends === 'the question');
      expect(isHit(await get(who, '', otherZone))).toBe(ends !== 'the credential');

      cloudflare.tell(who.headers.authorization, { status: 503, body: html, type: 'text/html' });
      expect((await get(who, '/settings', who.zone)).status).toBe(503);
    },
  );

  it.each(failures)(
    'A stale hit, marked stale-if-error, answers where Cloudflare answers $name',
    async ({ name }) => {
      const who = caller(name);

      const rest = await get(who, '/settings', who.zone);
      const { data, errors } = await ask(
        gateway,
        `{ zone(id: "${who.zone}") { settings { enabled } } }`,
        {},
        who.headers,
      );

      expect(rest.status).toBe(200);
      expect(rest.headers['cache-status']).toMatch(
        /^origin-pulls-gateway; hit; ttl=-\d+; detail=stale-if-error$/,
      );
      expect(Number(rest.headers['age'])).toBeGreaterThan(0);
      expect({ data, errors }).toEqual({ data: { zone: { settings: { enabled: true } } }, errors: [] });
    },
  );
});
