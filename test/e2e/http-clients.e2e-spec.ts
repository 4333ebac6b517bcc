import { request as forward } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, fetchExchange, gql } from '@urql/core';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import { apiKey, bearer, email, pathOf, seededZone } from '../support/http/requests.js';
import { sendRaw } from '../support/http/raw.js';
import { startStage, type Stage } from '../support/gateway/stage.js';
import { startUpstream } from '../support/upstream/upstream.js';

const json = { ...bearer, 'content-type': 'application/json' };
const typename = { data: { __typename: 'Query' } };

describe('The Api-Version header', () => {
  it('The Api-Version header is sent upstream and is part of the cache key', async () => {
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 30 });
    const read = async (version?: string) => {
      const headers = { ...bearer, ...(version && { 'api-version': version }) };
      const reply = await stage.ask('GET', pathOf('/settings'), { headers });
      expect(reply.status).toBe(200);
      expect(reply.headers.vary).toContain('Api-Version');
      return reply.headers['cache-status']?.toString().split('; ')[1];
    };

    const first = [await read(), await read('2026-01-01'), await read('2026-02-01')];
    const again = [await read('2026-01-01'), await read(), await read('2026-02-01')];

    expect(first).toEqual(['fwd=miss', 'fwd=miss', 'fwd=miss']);
    expect(again).toEqual(['hit', 'hit', 'hit']);
    const versions = stage.recorder.exchanges.map(({ headers }) => headers['api-version']);
    expect(versions).toEqual([undefined, '2026-01-01', '2026-02-01']);
  });

  it.each(['', '2026 01 01', 'a'.repeat(33), '1, 2', '../x'])(
    'The invalid Api-Version "%s" answers 400 with code 99006',
    async (version) => {
      await using stage = await startStage();

      const reply = await stage.ask('GET', pathOf('/settings'), {
        headers: { ...bearer, 'api-version': version },
      });

      expect([reply.status, codeOf(reply)]).toEqual([400, 99006]);
      expect(envelopeOf(reply).errors[0]?.message).toContain('Api-Version');
      expect(stage.recorder.exchanges).toEqual([]);
    },
  );
});

describe('Base URLs that lead back to the gateway', () => {
  /** A server that passes each request to the next of these gateways. */
  async function startDetour(gateways: RunningGateway[]) {
    let calls = 0;
    const detour = await startUpstream((incoming, outgoing) => {
      const { url = '' } = gateways[calls++ % gateways.length] ?? {};
      const headers = { ...incoming.headers, via: `1.1 front, ${incoming.headers.via}, 2 varnish (v7)` };
      const onward = forward(
        url + incoming.url,
        { method: incoming.method, headers, agent: false },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(outgoing);
        },
      );
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    });
    return { detour, calls: () => calls };
  }

  it.each([
    ['a proxy', 1, 1],
    ['another gateway', 2, 2],
  ])('A loop through %s is refused at once, for reads and changes', async (_, count, hops) => {
    const gateways: RunningGateway[] = [];
    const { detour: started, calls } = await startDetour(gateways);
    await using detour = started;
    // The second, and then the first again.
    for (let made = 0; made < count; made += 1)
      gateways.unshift(await startGateway({ upstream: detour.url }));
    const [, first = gateways[0]] = gateways;

    for (const method of ['GET', 'PUT']) {
      const before = calls();
      const begunAt = performance.now();
      const reply = await call((first?.base ?? '') + pathOf('/settings'), method, {
        headers: bearer,
        ...(method === 'PUT' && { body: { enabled: true } }),
      });

      expect([reply.status, codeOf(reply)]).toEqual([508, 99023]);
      expect(envelopeOf(reply).errors[0]?.message).toContain('CLOUDFLARE_BASE_URL');
      expect(calls() - before).toBe(hops);
      expect(performance.now() - begunAt).toBeLessThan(5000);
    }
    for (const gateway of gateways) await gateway.close();
  });

  it('A gateway with another gateway as its upstream is no loop', async () => {
    await using stage = await startStage();
    const outer = await startGateway({ upstream: stage.gateway.base });

    const reply = await call(outer.base + pathOf('/settings'), 'GET', { headers: bearer });
    await outer.close();

    expect(reply.status).toBe(200);
    expect(stage.onlyExchange().headers['via']?.split(', ')).toHaveLength(2);
  });
});

describe('Cache-Control of every route', () => {
  it('Every route sends Cache-Control, and health sends no-store', async () => {
    await using stage = await startStage({}, { GRAPHQL_PLAYGROUND: true });
    const tree = stage.gateway.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
    const routes = [...routesIn(tree)];
    expect(routes).toEqual(
      expect.arrayContaining(['/health/live', '/health/ready', '/openapi.json', '/docs', '/graphql']),
    );
    expect(routes.length).toBeGreaterThan(12);

    for (const route of [...routes, '/nowhere', '/%zz']) {
      const path = route
        .replace(/:zone_id/, seededZone)
        .replace(/:\w+/g, 'x')
        .replace('*', 'x');
      for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
        const { headers } = await call(stage.gateway.url + path, method, { headers: bearer });
        expect([method, path, headers['cache-control']]).toEqual([
          method,
          path,
          expect.stringMatching(/no-store|no-cache/),
        ]);
        if (method === 'GET' && path.startsWith('/health/'))
          expect(headers['cache-control']).toBe('no-store');
      }
    }
    const raw = await sendRaw(stage.gateway.url, 'hello\r\n\r\n');
    expect(raw.text).toContain('cache-control: no-store');
  });
});

function* routesIn(tree: string): Generator<string> {
  const parents: string[] = [];
  for (const line of tree.split('\n')) {
    const [, indent = '', segment = '', methods] = /^([│ ]*)[├└]── (\S*)(?: \((.*)\))?/.exec(line) ?? [];
    if (segment === '') continue;
    const depth = indent.length / 4;
    parents.splice(depth, parents.length, segment);
    if (methods) yield parents.join('');
  }
}

describe('Bodies with a byte order mark', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
    await stage.admit();
  });
  afterAll(async () => stage[Symbol.asyncDispose]());

  it('REST and GraphQL accept a UTF-8 body with a byte order mark', async () => {
    const body = Buffer.from('\uFEFF{"enabled":true}');
    expect((await stage.ask('PUT', pathOf('/settings'), { body, headers: json })).status).toBe(200);
    const query = Buffer.from('\uFEFF{"query":"{__typename}"}');
    const reply = await call(`${stage.gateway.url}/graphql`, 'POST', { body: query, headers: json });
    expect(JSON.parse(reply.body.toString())).toEqual(typename);
  });

  it.each([
    ['UTF-16 with a mark', Buffer.from('\uFEFF{"enabled":true}', 'utf16le')],
    ['UTF-16 in the other byte order', Buffer.from('\uFEFF{"enabled":true}', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('{"enabled":true}', 'utf16le')],
    ['UTF-32', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x7b, 0, 0, 0, 0x7d])],
  ])('A body in %s answers 400 and the message names UTF-16', async (_, body) => {
    const rest = await stage.ask('PUT', pathOf('/settings'), { body, headers: json });
    expect([rest.status, codeOf(rest)]).toEqual([400, 99002]);
    const graphql = await call(`${stage.gateway.url}/graphql`, 'POST', { body, headers: json });
    expect(graphql.status).toBe(400);
    for (const reply of [rest, graphql]) expect(reply.body.toString()).toContain('UTF-16');
  });
});

describe('GraphQL clients', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage({}, { GRAPHQL_PLAYGROUND: true });
  });
  afterAll(async () => stage[Symbol.asyncDispose]());
  const at = (path: string, method = 'GET', options = {}) => call(stage.gateway.url + path, method, options);
  const get = `/graphql?query=${encodeURIComponent('query Q{__typename}')}`;

  it.each([undefined, false, true, 'force', 'within-url-limit'] as const)(
    'The client urql works with preferGetMethod %s',
    async (preferGetMethod) => {
      const client = new Client({
        url: `${stage.gateway.url}/graphql`,
        exchanges: [fetchExchange],
        fetchOptions: { headers: bearer },
        ...(preferGetMethod !== undefined && { preferGetMethod }),
      });
      const query = gql`
        query Zone($id: ID!) {
          zone(id: $id) {
            settings {
              enabled
            }
          }
        }
      `;
      const { data, error } = await client
        .query<{ zone: { settings: object } }>(query, { id: seededZone })
        .toPromise();
      expect(error).toBeUndefined();
      expect(data).toMatchObject({ zone: { settings: { enabled: expect.any(Boolean) } } });
    },
  );

  it('GraphQL over GET needs a credential of either kind', async () => {
    for (const headers of [bearer, { 'x-auth-email': email, 'x-auth-key': apiKey }]) {
      const reply = await at(get, 'GET', { headers });
      expect([reply.status, JSON.parse(reply.body.toString())]).toEqual([200, typename]);
    }
    for (const headers of [{}, { 'x-auth-email': email }, { cookie: 'session=1' }]) {
      const reply = await at(get, 'GET', { headers });
      expect(reply.status).toBe(400);
      expect(reply.body.toString()).toContain('Cross-Site Request Forgery');
      expect(reply.body.toString()).not.toContain('[removed]');
    }
  });

  it('A mutation over GET answers 405 and is not sent', async () => {
    const mutation = `mutation{updateZoneSettings(input:{zoneId:"${seededZone}",enabled:true}){settings{enabled}}}`;
    const reply = await at(`/graphql?query=${encodeURIComponent(mutation)}`, 'GET', { headers: bearer });
    expect(reply.status).toBe(405);
    expect((await stage.sandbox.calls())['settings.update']).toBeUndefined();
  });

  it('An empty operationName is accepted over POST and GET', async () => {
    const body = { query: 'query Q{__typename}', operationName: '' };
    for (const reply of [
      await at('/graphql', 'POST', { headers: bearer, body }),
      await at(`${get}&operationName=`, 'GET', { headers: bearer }),
    ]) {
      expect(JSON.parse(reply.body.toString())).toEqual(typename);
    }
    const other = await at(`${get}&operationName=Other`, 'GET', { headers: bearer });
    expect(other.status).toBe(400);
  });

  it('GraphQL also answers at /graphql/', async () => {
    for (const reply of [
      await at('/graphql/', 'POST', { headers: bearer, body: { query: '{__typename}' } }),
      await at(get.replace('?', '/?'), 'GET', { headers: bearer }),
    ]) {
      expect([reply.status, JSON.parse(reply.body.toString())]).toEqual([200, typename]);
    }
    const page = await fetch(`${stage.gateway.url}/graphql/`, { headers: { accept: 'text/html' } });
    expect([page.status, page.url]).toEqual([200, `${stage.gateway.url}/graphql`]);
  });

  it.each([
    ['POST', '/GraphQL', 400],
    ['POST', '/graphql/v1', 400],
    ['PUT', '/graphql', 405],
    ['DELETE', '/graphql/', 405],
  ])('A refused %s %s answers with GraphQL errors', async (method, path, status) => {
    const reply = await at(path, method, { headers: json, body: '{}' });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body.toString())).toEqual({
      errors: [
        { message: expect.any(String), extensions: { code: 'INVALID_INPUT', requestId: expect.any(String) } },
      ],
    });
  });
});
