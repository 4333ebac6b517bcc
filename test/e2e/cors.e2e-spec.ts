import { type IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { longLifetimes } from '../support/cache/caching.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call, type CallOptions, codeOf, type Reply } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { bearer, pathOf, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const allowed = 'https://app.example.com';
const stranger = 'https://app.example.com.evil.example';

const settings = `/client/v4${pathOf('/settings')}`;
const json = { ...bearer, 'content-type': 'application/json' };
const query = { query: `{ zone(id: "${seededZone}") { settings { enabled } } }` };
const exposed =
  'x-request-id, retry-after, cache-status, age, etag, audit-record, audit-outcome, ratelimit, ratelimit-policy, www-authenticate';

type Way = readonly [name: string, method: string, path: string, status: number, options?: CallOptions];

/** Each way in which the gateway answers. */
const ways: readonly Way[] = [
  ['a read that is not kept', 'GET', `${settings}?new=`, 200],
  ['a kept read', 'GET', settings, 200],
  ['HEAD of a kept read', 'HEAD', settings, 200],
  ['a change', 'PUT', `/client/v4${pathOf('/settings')}`, 200, { headers: json, body: { enabled: true } }],
  ['a refusal of Cloudflare', 'GET', `/client/v4${pathOf('/hostnames/unknown.example.com')}`, 404],
  ['a refusal of the gateway', 'GET', `/client/v4${pathOf('/settings', 'zone')}`, 400],
  ['a missing credential', 'GET', `${settings}?`, 400, { headers: {} }],
  ['an unknown path', 'GET', '/nowhere', 400],
  ['a path that is not well encoded', 'GET', '/%zz', 400],
  [
    'a path with a segment that is too long',
    'GET',
    `/client/v4${pathOf(`/hostnames/${'a'.repeat(5000)}`)}`,
    400,
  ],
  ['another method', 'PATCH', '/graphql', 405],
  ['a body that is too large', 'PUT', settings, 413, { headers: json, body: 'x'.repeat(20_000) }],
  [
    'a compressed body',
    'PUT',
    settings,
    415,
    { headers: { ...json, 'content-encoding': 'gzip' }, body: 'x' },
  ],
  ['a GraphQL query', 'POST', '/graphql', 200, { body: { query: '{ __typename }' } }],
  ['a whole answer', 'POST', '/graphql', 200, { body: query }],
  ['a GraphQL query by GET', 'GET', '/graphql?query=%7B__typename%7D', 200],
  [
    'a GraphQL query that another page could send',
    'GET',
    '/graphql?query=%7B__typename%7D',
    400,
    { headers: {} },
  ],
  ['a GraphQL document with an error', 'POST', '/graphql', 400, { body: { query: '{' } }],
  ['a GraphQL body that is no JSON', 'POST', '/graphql', 400, { headers: json, body: '{' }],
  [
    'a GraphQL body of another type',
    'POST',
    '/graphql',
    415,
    { headers: { 'content-type': 'text/plain' }, body: '{}' },
  ],
  ['the page of the playground', 'GET', '/graphql', 200, { headers: { accept: 'text/html' } }],
  ['the schema', 'GET', '/schema.graphql', 200, { headers: { 'accept-encoding': 'br' } }],
  ['the OpenAPI document', 'GET', '/openapi.json', 200, { headers: { 'accept-encoding': 'gzip' } }],
  ['the documentation', 'GET', '/docs', 200],
  ['a file of the documentation', 'GET', '/docs/swagger-ui.css', 200],
  ['the entry points', 'GET', '/', 200],
  ['a redirection', 'GET', '/', 302, { headers: { accept: 'text/html' } }],
  ['health', 'GET', '/health/ready', 200],
];

const varyOf = ({ vary = '' }: IncomingHttpHeaders) => vary.toLowerCase().split(', ');
const corsHeaders = (headers: IncomingHttpHeaders) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));

describe('Pages of other origins', () => {
  let sandbox: RunningSandbox;
  let on: RunningGateway;
  let off: RunningGateway;

  const send = async (
    { url }: RunningGateway,
    [, method, path, status, options = {}]: Way,
    origin?: string,
  ) => {
    const headers = { ...(options.headers ?? bearer), ...(origin !== undefined && { origin }) };
    const reply = await call(url + path, method, { ...options, headers });
    expect([path, reply.status]).toEqual([path, status]);
    return reply;
  };
  const preflight = ({ url }: RunningGateway, path: string, origin: string, asked = {}): Promise<Reply> =>
    call(url + path, 'OPTIONS', {
      headers: { origin, 'access-control-request-method': 'PUT', ...asked },
    });

  beforeAll(async () => {
    sandbox = await startSandbox();
    const options = { upstream: sandbox.url, ...longLifetimes, GRAPHQL_PLAYGROUND: true };
    on = await startGateway({ ...options, CORS_ORIGINS: new Set([allowed, 'http://localhost:5173']) });
    off = await startGateway(options);
    // What comes next is kept.
    for (const gateway of [on, off]) {
      await send(gateway, ['', 'GET', settings, 200]);
      for (let round = 0; round < 2; round += 1)
        await send(gateway, ['', 'POST', '/graphql', 200, { body: query }]);
    }
  });
  afterAll(async () => {
    await on?.close();
    await off?.close();
    await sandbox?.close();
  });

  it.each(ways)('An allowed origin may read the answer to %s', async (...way) => {
    const { headers } = await send(on, way, allowed);
    expect(corsHeaders(headers)).toEqual({
      'access-control-allow-origin': allowed,
      'access-control-expose-headers': exposed,
    });
    expect(varyOf(headers).filter((name) => name === 'origin')).toEqual(['origin']);
  });

  it.each(ways)('No other origin may read the answer to %s', async (...way) => {
    for (const origin of [stranger, 'null', undefined]) {
      const { headers } = await send(on, way, origin);
      expect(corsHeaders(headers)).toEqual({});
      expect(varyOf(headers)).toContain('origin');
    }
  });

  it.each(ways)('Without CORS_ORIGINS no origin may read the answer to %s', async (...way) => {
    const { headers } = await send(off, way, allowed);
    expect(corsHeaders(headers)).toEqual({});
    expect(varyOf(headers)).not.toContain('origin');
  });

  it.each([
    ['a kept read', settings],
    ['a read by way of the router', `${settings}?`],
    ['the schema', '/schema.graphql'],
  ])('An allowed origin may read a 304 of %s', async (_, path) => {
    const { headers: first } = await send(on, ['', 'GET', path, 200], allowed);
    const headers = { ...bearer, 'if-none-match': String(first.etag) };
    const { headers: second } = await send(on, ['', 'GET', path, 304, { headers }], allowed);
    expect(second['access-control-allow-origin']).toBe(allowed);
    expect(varyOf(second)).toEqual(varyOf(first));
  });

  it('An answer has the same fields of Vary as without CORS, and Origin', async () => {
    for (const way of ways) {
      const [without, vary] = [
        varyOf((await send(off, way)).headers).filter((name) => name !== ''),
        varyOf((await send(on, way)).headers),
      ];
      expect([way[0], vary.sort()]).toEqual([way[0], [...without, 'origin'].sort()]);
    }
  });

  it('An answer to what is not HTTP varies by origin', async () => {
    expect((await sendRaw(on.url, 'hello\r\n\r\n')).text).toContain('\r\nvary: Origin\r\n');
    expect((await sendRaw(off.url, 'hello\r\n\r\n')).text).not.toContain('Origin');
  });

  it.each([settings, '/graphql', '/nowhere', '/audit/events'])(
    'The preflight of an allowed origin for %s is answered',
    async (path) => {
      const asked = { 'access-control-request-headers': 'authorization,content-type,x-anything' };
      for (const origin of [allowed, 'http://localhost:5173']) {
        const { status, headers, body } = await preflight(on, path, origin, asked);
        expect([status, body.length]).toEqual([204, 0]);
        expect(headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
          'access-control-allow-headers': 'authorization,content-type,x-anything',
          'access-control-max-age': '600',
          'x-request-id': expect.any(String),
        });
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
        expect(varyOf(headers)).toEqual(['origin', 'access-control-request-headers']);
      }
    },
  );

  it.each([settings, '/graphql', '/nowhere'])(
    'The preflight of another origin for %s gets 204 without CORS headers',
    async (path) => {
      for (const origin of [stranger, 'null', allowed.toUpperCase(), `${allowed}:8443`, `${allowed}/`]) {
        const { status, headers, body } = await preflight(on, path, origin);
        expect([status, body.length]).toEqual([204, 0]);
        expect(corsHeaders(headers)).toEqual({});
        expect(varyOf(headers)).toContain('origin');
      }
    },
  );

  it('Without CORS_ORIGINS a preflight gets 405, which names the setting', async () => {
    const rest = await preflight(off, settings, allowed);
    expect([rest.status, codeOf(rest), rest.headers.allow]).toEqual([405, 99005, 'GET, HEAD, PUT']);
    const graphql = await preflight(off, '/graphql', allowed);
    expect([graphql.status, graphql.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
    expect(JSON.parse(graphql.body.toString())).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT' } }],
    });
    for (const { body } of [rest, graphql]) expect(body.toString()).toContain('CORS_ORIGINS');
    expect((await preflight(off, '/nowhere', allowed)).status).toBe(400);
  });

  it('OPTIONS without an origin gets 405 with the methods of the path', async () => {
    for (const { url } of [on, off]) {
      for (const [path, allow] of [
        [settings, 'GET, HEAD, PUT'],
        ['/graphql', 'GET, HEAD, POST'],
      ]) {
        const { status, headers } = await call(`${url}${path}`, 'OPTIONS');
        expect([path, status, headers.allow]).toEqual([path, 405, allow]);
      }
    }
  });

  it.each([
    ['no JSON', '{', {}, 400, 99002],
    ['too large', 'x'.repeat(200_000), {}, 413, 99003],
    ['compressed', 'x', { 'content-encoding': 'gzip' }, 415, 99004],
  ])('OPTIONS with a body that is %s is refused as any method is', async (_, body, more, status, code) => {
    for (const { url } of [on, off]) {
      const headers = { 'content-type': 'application/json', ...more };
      const reply = await call(url + settings, 'OPTIONS', { headers, body });
      expect({ status: reply.status, code: codeOf(reply) }).toEqual({ status, code });
    }
  });

  it('OPTIONS with a target that is no path is refused with an envelope', async () => {
    for (const { url } of [on, off]) {
      const lines = [`OPTIONS ftp://x${settings} HTTP/1.1`, 'host: x', 'connection: close', '', ''];
      const { status, text } = await sendRaw(url, lines.join('\r\n'));
      expect({ status, code: codeOf({ body: Buffer.from(text.split('\r\n\r\n')[1] ?? '') }) }).toEqual({
        status: 400,
        code: 7003,
      });
      expect(text).toMatch(/^x-request-id: /m);
    }
  });

  it('With CORS_ORIGINS a request that a page can send without a preflight is refused as before', async () => {
    const headers = { origin: allowed, 'content-type': 'text/plain' };
    const body = JSON.stringify({ query: '{ __typename }' });
    expect((await call(`${on.url}/graphql`, 'POST', { headers, body })).status).toBe(415);
    const get = await call(`${on.url}/graphql?query=%7B__typename%7D`, 'GET', {
      headers: { origin: allowed },
    });
    expect(get.body.toString()).toContain('Cross-Site Request Forgery');
  });
});
