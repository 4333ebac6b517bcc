import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, crc32 } from 'node:zlib';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pino from 'pino';
import { WholeReads } from '../../src/gateway/pipeline/whole-reads.js';
import { type CachingStage, otherBearer, startCaching, strangerBearer } from '../support/cache/caching.js';
import { caches, type CacheInUse } from '../support/cache/stores.js';
import { askTelling, ofTheZone, settings, wholeZone } from '../support/cache/graphql-caching.js';
import { call, type Reply } from '../support/http/http.js';
import { mutate } from '../support/graphql/graphql.js';
import { bearer, emptyZone, pathOf, seededZone, token } from '../support/http/requests.js';

type Headers = Readonly<Record<string, string>>;

const dataOf = ({ body }: Reply) => (JSON.parse(body.toString()) as { data: unknown }).data;

describe.each(caches)('Whole GraphQL answers %s', (_, start) => {
  let cache: CacheInUse;
  let stage: CachingStage;
  const lines: Record<string, unknown>[] = [];
  beforeAll(async () => {
    cache = await start();
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line) as never) });
    stage = await startCaching({ ...cache.settings, ...{ log } });
  });
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await cache?.close();
  });
  beforeEach(() => {
    lines.length = 0;
    tests += 1;
    given = jest.spyOn(WholeReads.prototype, 'count');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await stage.sandbox.reset();
  });

  /** The credential of a test, for which nothing is kept yet. */
  let tests = 0;
  const own = () => ({ authorization: `Bearer ${token}-a${tests}` });
  const other = () => ({ authorization: `Bearer ${token}-b${tests}` });
  /** Called once for each answer that was given whole. */
  let given: jest.SpiedFunction<WholeReads['count']>;

  const post = (body: object | string, headers: Headers = {}) =>
    call(`${stage.gateway.url}/graphql`, 'POST', {
      headers: { 'content-type': 'application/json', ...own(), ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const get = (query: string, headers: Headers = {}) =>
    call(`${stage.gateway.url}/graphql?query=${encodeURIComponent(query)}`, 'GET', {
      headers: { ...own(), ...headers },
    });
  /** Asks until the answer is given whole: with Redis, a busy machine may be too late to keep it. */
  const untilWhole = async (ask: () => Promise<Reply>) => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const before = given.mock.calls.length;
      const reply = await ask();
      if (given.mock.calls.length > before) return reply;
    }
    throw new Error('The answer is not given whole.');
  };
  const expectNeverWhole = async (ask: () => Promise<unknown>) => {
    for (let attempt = 0; attempt < 4; attempt += 1) await ask();
    expect(given).not.toHaveBeenCalled();
  };

  it.each([
    ['POST', (query: string, headers?: Headers) => post({ query }, headers)],
    ['GET', get],
  ])('A repeated %s query is answered with the same bytes and a request id of its own', async (_, ask) => {
    const first = await ask(wholeZone);
    const whole = await untilWhole(() => ask(wholeZone));
    const calls = await stage.sandbox.calls();
    await untilWhole(() => ask(wholeZone));
    expect(await stage.sandbox.calls()).toEqual(calls);
    expect(whole.body.toString()).toBe(first.body.toString());
    const { 'x-request-id': firstId, date: firstDate, ...headers } = first.headers;
    const { 'x-request-id': wholeId, date: wholeDate, ...wholeHeaders } = whole.headers;
    expect(wholeHeaders).toEqual(headers);
    for (const date of [firstDate, wholeDate]) expect(Date.parse(date ?? '')).not.toBeNaN();
    expect(wholeId).not.toBe(firstId);
  });

  it('Each request that is answered whole has a log line and counts its reads as hits', async () => {
    await untilWhole(() => post({ query: `query Zone ${settings}` }));
    const line = lines.filter(({ msg }) => msg === 'request').at(-1);
    expect(line).toMatchObject({
      route: '/graphql',
      status: 200,
      operation: 'Zone',
      documentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      cache: ['hit'],
    });
    const metrics = await (await fetch(stage.gateway.metricsUrl)).text();
    expect(metrics).toMatch(/cache_reads_total\{operation="settings.get",outcome="hit"\} [1-9]/);
  });

  it('Queries that differ in anything are never given the answers of each other', async () => {
    const two =
      'query One { a: zone(id: "ZONE") { settings { enabled } } } query Two { b: zone(id: "ZONE") { id } }';
    const document = two.replaceAll('ZONE', seededZone);
    const byId =
      'query Zones($one: ID!, $other: ID!) { one: zone(id: $one) { settings { enabled zone: __typename } certificates { id } } other: zone(id: $other) { certificates { id } } }';
    const [one, other] = [seededZone, emptyZone];
    const fragment = (name: string) =>
      `{ zone(id: "${one}") { ...${name} } } fragment ${name} on Zone { settings { ${name}: enabled } }`;
    const asked: (readonly [object, Headers])[] = [
      [{ query: document, operationName: 'One' }, {}],
      [{ query: document, operationName: 'Two' }, {}],
      [{ query: byId, variables: { one, other } }, {}],
      [{ query: byId, variables: { other, one } }, {}],
      [{ query: byId, variables: { one: other, other: one } }, {}],
      [{ query: byId, variables: { other: one, one: other } }, {}],
      [{ query: fragment('a') }, {}],
      [{ query: fragment('b') }, {}],
      [{ query: settings }, { accept: 'application/graphql-response+json' }],
      [{ query: settings }, { accept: 'application/json' }],
      [{ query: settings }, { 'api-version': '2026-01-01' }],
    ];
    const fresh = await Promise.all(
      asked.map(([body, headers]) => post(body, { ...headers, 'cache-control': 'no-cache' })),
    );
    for (let round = 0; round < 4; round += 1) {
      for (const [index, [body, headers]] of asked.entries()) {
        const reply = await post(body, headers);
        expect(dataOf(reply)).toEqual(dataOf(fresh[index]!));
        expect(reply.headers['content-type']).toBe(fresh[index]!.headers['content-type']);
      }
    }
    expect(given.mock.calls.length).toBeGreaterThan(asked.length);
  });

  it('A body that reads like the URL of a kept GET query is malformed', async () => {
    await untilWhole(() => get(settings));
    const reply = await post(`/graphql?query=${encodeURIComponent(settings)}`);
    expect(reply.status).toBe(400);
  });

  it('Queries with the same length and checksum are never given the answers of each other', async () => {
    const queries = withEqualChecksums();
    const fresh = await Promise.all(queries.map((query) => post(query, { 'cache-control': 'no-cache' })));
    expect(new Set(fresh.map((reply) => reply.body.toString())).size).toBe(2);
    for (let round = 0; round < 4; round += 1) {
      for (const [index, query] of queries.entries()) {
        expect((await post(query)).body.toString()).toBe(fresh[index]?.body.toString());
      }
    }
  });

  it('A whole answer is given to its credential alone', async () => {
    const ask = (headers: Headers) => post({ query: settings }, headers);
    const mine = await untilWhole(() => ask(own()));
    given.mockClear();
    for (let round = 0; round < 3; round += 1)
      expect(dataOf(await ask(strangerBearer))).toEqual({ zone: { settings: null } });
    expect(given).not.toHaveBeenCalled();
    expect(dataOf(await untilWhole(() => ask(other())))).toEqual(dataOf(mine));
  });

  it.each([
    [
      'an error',
      `{ good: zone(id: "${seededZone}") { settings { enabled } } bad: zone(id: "${seededZone}") { certificate(id: "x") { id } } }`,
    ],
    ['audit events', ofTheZone('settings { enabled } auditEvents(first: 1) { nodes { opId } }')],
    ['the schema', `{ __schema { queryType { name } } zone(id: "${seededZone}") { settings { enabled } } }`],
    ['a type', `{ __type(name: "Zone") { name } zone(id: "${seededZone}") { settings { enabled } } }`],
    ['no read', ofTheZone('id')],
  ])('An answer with %s is never kept whole', async (_, query) => {
    await expectNeverWhole(() => post({ query }));
  });

  it('A mutation is never answered whole', async () => {
    await expectNeverWhole(() =>
      mutate(stage.gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }, own()),
    );
  });

  it('A malformed body gets the refusal of the parser', async () => {
    await untilWhole(() => post({ query: settings }));
    const bad = await post(`{"query":"${settings}`);
    expect(bad.status).toBe(400);
    expect(bad.body.toString()).toContain('not valid JSON');
  });

  it('Cache-Control: no-cache goes past a whole answer', async () => {
    await untilWhole(() => post({ query: settings }));
    await stage.behindItsBack('PUT', pathOf('/settings'), { enabled: false });
    given.mockClear();
    const fresh = await post({ query: settings }, { 'cache-control': 'no-cache' });
    expect(given).not.toHaveBeenCalled();
    expect(dataOf(fresh)).toEqual({ zone: { settings: { enabled: false } } });
    await sleep(50);
    expect(dataOf(await post({ query: settings }))).toEqual({ zone: { settings: { enabled: false } } });
  });

  it('The report of the cache is made anew for each answer', async () => {
    const headers = { 'x-cache-extensions': '1' };
    const ask = () => post({ query: settings }, headers);
    await untilWhole(ask);
    await sleep(1100);
    const { cache: report } = await askTelling(stage, settings, own());
    expect(given).toHaveBeenCalled();
    expect(report).toMatchObject({ hits: 1, misses: 0, ageSeconds: expect.any(Number) });
    expect(report?.ageSeconds).toBeGreaterThan(0);
    expect(dataOf(await ask())).toEqual({ zone: { settings: { enabled: true } } });
    expect((await post({ query: settings })).body.toString()).not.toContain('extensions');
  });

  it('A large whole answer is compressed for a client that accepts it', async () => {
    const query = ofTheZone(
      Array.from({ length: 20 }, (_, index) => `c${index}: certificates { id pem }`).join(' '),
    );
    const plain = await untilWhole(() => post({ query }));
    const packed = await untilWhole(() => post({ query }, { 'accept-encoding': 'br' }));
    expect(packed.headers).toMatchObject({ 'content-encoding': 'br', vary: plain.headers.vary });
    expect(brotliDecompressSync(packed.body)).toEqual(plain.body);
    expect(plain.headers.vary).toContain('Accept-Encoding');
  });

  it('A change of a zone ends every whole answer that has it', async () => {
    const query = `{ a: zone(id: "${seededZone}") { settings { enabled } } b: zone(id: "${emptyZone}") { settings { enabled } } }`;
    for (const enabled of [false, true, false]) {
      await untilWhole(() => post({ query }));
      const changed = await stage.ask('PUT', pathOf('/settings'), { headers: own(), body: { enabled } });
      expect(changed.status).toBe(200);
      expect(dataOf(await post({ query }))).toMatchObject({ a: { settings: { enabled } } });
    }
  });
});

describe('Whole answers and the schema', () => {
  let stage: CachingStage;
  beforeAll(async () => void (stage = await startCaching({ CACHE_MEMORY_MIB: 1 })));
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });

  it('Each root field of a query says whether its value depends on the caller', () => {
    const { schema } = stage.gateway.app.get(GraphQLSchemaHost);
    const fields = Object.values(schema.getQueryType()?.getFields() ?? {});
    const marks = Object.fromEntries(fields.map(({ name, extensions }) => [name, extensions['dependsOn']]));
    const ofZones = { node: 'zone', nodes: 'zone', zone: 'zone' };
    expect(marks).toEqual({ ...ofZones, auditEvents: 'caller', viewer: 'caller' });
  });

  it('Made-up queries of one credential push out no whole answer of another', async () => {
    const given = jest.spyOn(WholeReads.prototype, 'count');
    const ask = (query: string, headers: Headers) =>
      call(`${stage.gateway.url}/graphql`, 'POST', { headers, body: { query } });
    for (let round = 0; round < 3; round += 1) await ask(wholeZone, bearer);
    expect(given).toHaveBeenCalled();
    const name = 'x'.repeat(1000);
    for (let number = 0; number < 400; number += 1) {
      await ask(`query ${name}${number} ${settings}`, otherBearer);
    }
    given.mockClear();
    await ask(wholeZone, bearer);
    expect(given).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
  });
});

/** The bodies of two queries, each of another zone. */
function withEqualChecksums(): [string, string] {
  const bodyOf = (zone: string, note: number) =>
    JSON.stringify({
      query: `{ zone(id: "${zone}") { id settings { enabled } } } # ${hash('sha256', String(note), 'base64url')}`,
    });
  const notes = Array.from({ length: 2 ** 18 }, (_, note) => note);
  const bodies = new Map(notes.map((note) => [crc32(bodyOf(seededZone, note)), note]));
  for (const note of notes) {
    const other = bodyOf(emptyZone, note);
    const equal = bodies.get(crc32(other));
    if (equal !== undefined) return [bodyOf(seededZone, equal), other];
  }
  throw new Error('No two bodies have equal checksums.');
}
