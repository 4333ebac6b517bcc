import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Load } from '../../src/platform/load/load.js';
import { startManagedStage } from '../support/access/managed-stage.js';
import { searchReply, type Shown } from '../support/audit/audit-events.js';
import { eventually } from '../support/basics/eventually.js';
import { longLifetimes } from '../support/cache/caching.js';
import { type Stage, startStage } from '../support/gateway/stage.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { call, codeOf, type Reply } from '../support/http/http.js';
import { emptyZone, pathOf, seededZone } from '../support/http/requests.js';

const settingsQuery = `{ zone(id: "${seededZone}") { settings { enabled } } }`;
const otherOrigin = 'https://app.example.com';

/** A stage with 10 places for requests, whose credential is admitted, and whose reads hang at Cloudflare. */
async function aStage(): Promise<Stage> {
  const origins = new Set([otherOrigin]);
  const stage = await startStage({}, { ...longLifetimes, MAX_REQUESTS_IN_FLIGHT: 10, CORS_ORIGINS: origins });
  await stage.admit();
  await stage.sandbox.faults({ rules: [{ operation: 'hostname.get', action: { delayMs: 3000 } }] });
  return stage;
}

const inFlight = ({ gateway }: Stage) => gateway.app.get(Load).inFlight;

/** Begins so many reads, each of which waits for Cloudflare, and resolves when all are in flight. */
async function hang(stage: Stage, count: number): Promise<Promise<Reply>[]> {
  const before = inFlight(stage);
  const replies = Array.from({ length: count }, (_, index) =>
    stage.ask('GET', pathOf(`/hostnames/host-${index}.example.com`)),
  );
  await eventually(() => inFlight(stage) === before + count || undefined);
  return replies;
}

const read = (stage: Stage) => stage.ask('GET', pathOf('/settings'));
const change = (stage: Stage, zone = seededZone) =>
  stage.ask('PUT', pathOf('/settings', zone), { body: { enabled: true } });
const health = ({ gateway }: Stage, name: string) => call(`${gateway.url}/health/${name}`, 'GET');
const preflight = ({ gateway }: Stage) =>
  call(gateway.base + pathOf('/settings'), 'OPTIONS', {
    headers: { origin: otherOrigin, 'access-control-request-method': 'PUT' },
  });

function expectShed(reply: Reply): void {
  expect([reply.status, codeOf(reply)]).toEqual([503, 99041]);
  expect(reply.headers).toMatchObject({
    'retry-after': '1',
    'x-should-retry': 'true',
    'cache-control': 'no-store',
    'x-request-id': expect.any(String),
  });
}

async function shedRequests({ gateway }: Stage): Promise<string[]> {
  const text = await (await fetch(gateway.metricsUrl)).text();
  return [...text.matchAll(/^http_requests_shed_total\{kind="(\w+)",reason="(\w+)"\}/gm)]
    .map(([, kind, reason]) => `${kind} ${reason}`)
    .sort();
}

describe('While reads have taken their places', () => {
  it('Reads are shed over both faces, also those that are kept, and health checks and preflights are answered', async () => {
    await using stage = await aStage();
    expect((await ask(stage.gateway, settingsQuery)).errors).toEqual([]);
    expect((await read(stage)).headers['cache-status']).toContain('; hit');
    const waiting = await hang(stage, 8);

    expectShed(await read(stage));
    expectShed(await stage.ask('GET', pathOf('/hostnames')));
    const queries = [settingsQuery, `query mutation ${settingsQuery}`, `{ __typename } # mutation`];
    for (const query of queries) {
      const { status, errors, headers } = await ask(stage.gateway, query);
      expect([status, errors[0]?.extensions.code, headers['retry-after']]).toEqual([503, 'OVERLOADED', '1']);
      expect(errors[0]?.message).toBe('Too many requests are in progress. Try again in a second.');
      expect(errors[0]?.extensions['requestId']).toBe(headers['x-request-id']);
    }
    const url = `${stage.gateway.url}/graphql?query=${encodeURIComponent('{ __typename }')}`;
    const overGet = await call(url, 'GET', { headers: stage.bearer });
    expect(overGet.status).toBe(503);
    expect(overGet.body.toString()).toContain('"code":"OVERLOADED"');
    expect((await health(stage, 'live')).status).toBe(200);
    expect((await health(stage, 'ready')).status).toBe(200);
    expect((await preflight(stage)).status).toBe(204);
    expect(await shedRequests(stage)).toEqual(['read requests']);

    // Those that were in flight are answered, and then others are too.
    for (const reply of await Promise.all(waiting)) expect(reply.status).not.toBe(503);
    expect((await read(stage)).status).toBe(200);
    expect((await ask(stage.gateway, settingsQuery)).errors).toEqual([]);
    expect(inFlight(stage)).toBe(0);
  });

  it('A page of another origin can read why its read was refused', async () => {
    await using stage = await aStage();
    const waiting = await hang(stage, 8);

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { ...stage.bearer, origin: otherOrigin },
    });

    expectShed(reply);
    expect(reply.headers['access-control-allow-origin']).toBe(otherOrigin);
    await Promise.all(waiting);
  });

  it('In managed mode no token is verified for a read that is refused', async () => {
    await using stage = await startManagedStage({}, { MAX_REQUESTS_IN_FLIGHT: 10 });
    await stage.sandbox.faults({ rules: [{ operation: 'hostname.get', action: { delayMs: 3000 } }] });
    const byKey = { authorization: `Bearer ${stage.access.keys.viewer}` };
    const waiting = Array.from({ length: 8 }, (_, index) =>
      stage.ask('GET', pathOf(`/hostnames/host-${index}.example.com`), { headers: byKey }),
    );
    await eventually(() => stage.gateway.app.get(Load).inFlight === 8 || undefined);

    expectShed(await stage.ask('GET', pathOf('/settings'), { headers: await stage.as('viewer') }));
    expectShed(await stage.ask('GET', pathOf('/settings'), { headers: {} }));
    expect(stage.issuer.fetches()).toBe(0);
    await Promise.all(waiting);
  });

  it('Changes are made over both faces, with the reads that they need', async () => {
    await using stage = await aStage();
    const waiting = await hang(stage, 8);

    expect((await change(stage)).status).toBe(200);
    const { payload, errors } = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });
    expect(errors).toEqual([]);
    expect(payload?.settings).toEqual({ enabled: false });
    expect(payload?.userErrors).toEqual([]);
    await Promise.all(waiting);
  });
});

describe('While all places are taken', () => {
  it('Changes are refused before they begin and recorded as denied, and those that have begun are completed', async () => {
    await using stage = await aStage();
    await stage.sandbox.faults({
      rules: (['hostname.get', 'settings.update'] as const).map((operation) => ({
        operation,
        action: { delayMs: 3000 },
      })),
    });
    const waiting = await hang(stage, 8);
    const begun = [change(stage), change(stage, emptyZone)];
    await eventually(() => inFlight(stage) === 10 || undefined);

    const refused = await change(stage);
    const mutation = await mutate(stage.gateway, 'updateZoneSettings', {
      zoneId: seededZone,
      enabled: false,
    });

    expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([503, 99041, '1']);
    expect(refused.body.toString()).toContain('Nothing was changed.');
    expect([mutation.status, mutation.errors[0]?.extensions.code]).toEqual([503, 'OVERLOADED']);
    expect((await health(stage, 'ready')).status).toBe(200);
    expect((await preflight(stage)).status).toBe(204);
    expect(await shedRequests(stage)).toEqual(['write requests']);
    for (const reply of await Promise.all(begun)) expect(reply.status).toBe(200);
    await Promise.all(waiting);
    await stage.sandbox.faults();
    expect((await change(stage)).status).toBe(200);
    expect(await stage.sandbox.calls()).toMatchObject({ 'settings.update': 3 });
    const query = `zone=${seededZone}&status=denied`;
    const denied = await eventually(async () => {
      const reply = await searchReply(stage.gateway, query);
      const { result } = JSON.parse(reply.body.toString()) as { result: readonly Shown[] | null };
      return result?.[0];
    });
    expect(denied).toMatchObject({
      action: 'settings.update',
      result: { reason: 'overloaded', codes: [99041] },
    });
  });

  it('A caller that hangs up gives back its place', async () => {
    await using stage = await aStage();
    const ending = new AbortController();
    const gone = Array.from({ length: 8 }, (_, index) =>
      fetch(stage.gateway.base + pathOf(`/hostnames/host-${index}.example.com`), {
        headers: stage.bearer,
        signal: ending.signal,
      }).catch(() => null),
    );
    await eventually(() => inFlight(stage) === 8 || undefined);
    expectShed(await read(stage));

    ending.abort();
    await Promise.all(gone);

    await eventually(() => inFlight(stage) === 0 || undefined);
    expect((await read(stage)).status).toBe(200);
  });
});

/** Resolves when the loop is in time: soon, by itself. */
const recovered = ({ gateway }: Stage) =>
  eventually(() => !gateway.app.get(Load).isHigh || undefined, { seconds: 2 });

/** Blocks the event loop of the gateway, which is that of this process, again and again until `asked` is answered. */
async function whileLate<T>(ms: number, asked: () => Promise<T>): Promise<T> {
  const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  for (let time = 0; time < 4; time += 1) {
    block();
    await turn();
  }
  const state: { answer: T | undefined } = { answer: undefined };
  const answered = asked().then((answer) => (state.answer = answer));
  while (state.answer === undefined) {
    block();
    await turn();
  }
  return await answered;
}

describe('While the event loop is late', () => {
  it('Reads are shed, changes and health checks are answered, and reads too when it is in time again', async () => {
    await using stage = await aStage();
    expect((await read(stage)).status).toBe(200);

    expectShed(await whileLate(400, () => read(stage)));
    expect((await whileLate(400, () => health(stage, 'live'))).status).toBe(200);
    expect((await whileLate(400, () => change(stage))).status).toBe(200);
    expect(await shedRequests(stage)).toEqual(['read delay']);

    await recovered(stage);
    expect((await read(stage)).status).toBe(200);
  }, 60_000);

  it('Changes are refused where it is late by more than a second', async () => {
    await using stage = await aStage();

    const reply = await whileLate(1200, () => change(stage));

    expect([reply.status, codeOf(reply), reply.headers['retry-after']]).toEqual([503, 99041, '1']);
    await recovered(stage);
    expect((await change(stage)).status).toBe(200);
  }, 60_000);

  it('One pause refuses nothing', async () => {
    await using stage = await aStage();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000);

    expect((await read(stage)).status).toBe(200);
    expect(await shedRequests(stage)).toEqual([]);
  });
});
