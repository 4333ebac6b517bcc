import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { aClock } from '../support/basics/clock.js';
import { startGateway } from '../support/gateway/gateway.js';
import { call, codeOf, envelopeOf, type Reply } from '../support/http/http.js';
import {
  admittingReadOf,
  aUseOf,
  apiKey,
  bearer,
  email,
  emptyZone,
  operationNames,
  pathOf,
  seededZone,
} from '../support/http/requests.js';
import { sharedStage, startStage, type Stage } from '../support/gateway/stage.js';
import { startProcess } from '../support/gateway/process.js';
import { startSandbox } from '../support/upstream/sandbox.js';
import { aClosedUpstream, startRawUpstream } from '../support/upstream/upstream.js';

const writes = operationNames.filter((name) => /\.(upload|update|delete)$/.test(name));

const withToken = (name: string) => ({ authorization: `Bearer ${name}` });
const madeUp = withToken('made-up-token');
const readOnly = withToken('sandbox-token-read-only');

interface Change {
  readonly headers?: Record<string, string>;
  readonly zone?: string;
}

function change(stage: Stage, { headers = stage.bearer, zone = seededZone }: Change = {}): Promise<Reply> {
  return stage.ask('PUT', pathOf('/settings', zone), { headers, body: { enabled: true } });
}

afterEach(() => {
  jest.restoreAllMocks();
});

/** For tests that need neither another setting nor another clock. */
const aStage = sharedStage();

describe('Unknown credentials', () => {
  it.each(writes)(
    'An unknown credential takes one read, and its refusal is the answer to %s',
    async (name) => {
      const stage = await aStage();
      const { method, path, body } = await aUseOf(name);

      const reply = await stage.ask(method, path, { headers: madeUp, body });

      const admitting = admittingReadOf(name);
      const read = stage.onlyExchange();
      expect([read.method, read.url, read.body.length]).toEqual(['GET', `/client/v4${admitting.path}`, 0]);
      expect(read.headers['authorization']).toBe(madeUp.authorization);
      expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
      expect(reply.body).toEqual(read.answer?.body);
      expect(await stage.sandbox.calls()).toEqual({ [admitting.operation]: 1 });
    },
  );

  it('Each change with an unknown credential takes a read', async () => {
    const stage = await aStage();

    for (let time = 0; time < 2; time += 1)
      expect(codeOf(await change(stage, { headers: madeUp }))).toBe(10000);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it('A change with an unknown credential invalidates no cache entry', async () => {
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 60 });
    await stage.admit();

    await change(stage, { headers: madeUp });
    const reply = await stage.ask('GET', pathOf('/settings'));

    expect(reply.headers['cache-status']).toMatch(/^origin-pulls-gateway; hit;/);
    expect(stage.onlyExchange().headers['authorization']).toBe(madeUp.authorization);
  });
});

describe('Accepted credentials', () => {
  it('Further changes with an accepted credential take no further read', async () => {
    const stage = await aStage();

    for (let time = 0; time < 3; time += 1) expect((await change(stage)).status).toBe(200);

    expect(stage.recorder.exchanges.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'PUT']);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 3 });
  });

  it('A change 30 s after the last accepted read takes a new read', async () => {
    const clock = aClock();
    await using stage = await startStage();
    await stage.admit();
    clock.advance(29_000);
    expect((await change(stage)).status).toBe(200);
    expect(stage.recorder.exchanges.map(({ method }) => method)).toEqual(['PUT']);
    await stage.admit();
    clock.advance(30_001);

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
  });

  it('A change after 30 s takes a new read, also where the cache keeps the old one longer', async () => {
    const clock = aClock();
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 3600 });
    await stage.ask('GET', pathOf('/settings'));
    clock.advance(30_001);
    expect((await stage.ask('GET', pathOf('/settings'))).headers['cache-status']).toContain('; hit');

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2, 'settings.update': 1 });
  });

  it('A change after any accepted read takes no further read', async () => {
    const stage = await aStage();
    await stage.ask('GET', pathOf('/hostnames/app.example.com'));

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 1, 'settings.update': 1 });
  });

  it.each<[string, Change]>([
    ['another zone', { zone: emptyZone }],
    ['another token', { headers: withToken('sandbox-token-read-write-other') }],
    ['an API key', { headers: { 'x-auth-email': email, 'x-auth-key': apiKey } }],
  ])('An accepted credential does not admit a change with %s', async (_, other) => {
    const stage = await aStage();
    await stage.admit();

    expect((await change(stage, other)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
  });

  it('Cloudflare itself refuses the changes of a read-only token', async () => {
    const clock = aClock();
    await using stage = await startStage();

    const replies = [await change(stage, { headers: readOnly })];
    // Within a second the refusal is given again, without a call.
    clock.advance(1001);
    replies.push(await change(stage, { headers: readOnly }));

    const [, ...changes] = stage.recorder.exchanges;
    expect(changes.map(({ method }) => method)).toEqual(['PUT', 'PUT']);
    expect(replies.map(({ status }) => status)).toEqual([403, 403]);
    expect(replies.map(({ body }) => body)).toEqual(changes.map(({ answer }) => answer?.body));
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 2 });
  });
});

describe('Credentials that Cloudflare accepts no longer', () => {
  it('A change after a refused read takes a new read, whose refusal is its answer', async () => {
    const stage = await aStage();
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ action: { refuseToken: true } }] });
    expect(codeOf(await stage.ask('GET', pathOf('/hostnames/app.example.com')))).toBe(10000);

    const reply = await change(stage);

    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 1, 'settings.get': 1 });
  });

  it('A change after one refused read is sent where the new read is accepted', async () => {
    const stage = await aStage();
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { refuseToken: true } }] });
    await stage.ask('GET', pathOf('/hostnames/app.example.com'));

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({
      'hostname.get': 1,
      'settings.get': 1,
      'settings.update': 1,
    });
  });

  it.each([
    [401, 1000],
    [400, 6003],
    [400, 9103],
    [403, 9109],
    [400, 10001],
  ])(
    'A change that answers %d with code %d makes a change of another zone take a read',
    async (status, code) => {
      const stage = await aStage();
      await change(stage, { zone: emptyZone });
      await stage.admit();
      const body = { success: false, errors: [{ code, message: 'Refused' }], messages: [], result: null };
      await stage.sandbox.faults({ rules: [{ count: 1, action: { status, body } }] });

      expect([(await change(stage)).status, (await change(stage, { zone: emptyZone })).status]).toEqual([
        status,
        200,
      ]);

      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 2 });
    },
  );
});

/** Checks that the reply says that the change was not sent, and may be repeated. */
function expectNotSent(reply: Reply, status: number, codes: readonly number[]): void {
  expect(reply.status).toBe(status);
  expect(codes).toContain(codeOf(reply));
  expect(envelopeOf(reply).errors[0]?.message).toMatch(/\. Nothing was changed\.$/);
  expect(reply.headers['x-should-retry']).toBe('true');
}

describe('Upstreams that do not answer whether they accept the credential', () => {
  it('A change answers 502 where the upstream cannot be reached', async () => {
    const gateway = await startGateway({ upstream: await aClosedUpstream() });

    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: {} });
    await gateway.close();

    expectNotSent(reply, 502, [99020]);
  });

  it.each([
    ['answers with garbage', 'garbage'],
    ['answers with a truncated body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"success":true'],
    ['hangs up', ''],
  ])('A change answers 502 and is not sent where the upstream %s', async (_, bytes) => {
    await using upstream = await startRawUpstream(bytes);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: {} });
    await gateway.close();

    expectNotSent(reply, 502, [99020, 99021]);
  });

  // A process, since other tests advance the clock of this one meanwhile.
  it.concurrent(
    'A change answers 504 after 10 s where Cloudflare does not answer the read',
    async () => {
      const sandbox = await startSandbox();
      await sandbox.faults({ rules: [{ operation: 'settings.get', action: { hang: 'before' } }] });
      const gateway = await startProcess({ CLOUDFLARE_BASE_URL: sandbox.url });

      const body = { enabled: true };
      const reply = await call(`${gateway.url}/client/v4${pathOf('/settings')}`, 'PUT', {
        headers: bearer,
        body,
      });

      expectNotSent(reply, 504, [99022]);
      expect(await sandbox.calls()).toEqual({ 'settings.get': 1 });
      await gateway.stop('SIGKILL');
      await sandbox.close();
    },
    20_000,
  );

  it.each([502, 503, 522])(
    'A change keeps status %d where the upstream answers the read with HTML',
    async (status) => {
      const stage = await aStage();
      await stage.sandbox.faults({
        rules: [{ action: { status, text: '<html>', contentType: 'text/html' } }],
      });

      const reply = await change(stage);

      expectNotSent(reply, status, [99021]);
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
    },
  );

  it.each([429, 500, 503])(
    'A refusal of the read with status %d is passed on byte for byte',
    async (status) => {
      const stage = await aStage();
      await stage.sandbox.faults({ rules: [{ action: { status } }] });

      const reply = await change(stage);

      expect(reply.status).toBe(status);
      expect(reply.body).toEqual(stage.onlyExchange().answer?.body);
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
    },
  );

  it('A change is not sent on a stale-if-error read that is older than 30 s', async () => {
    const clock = aClock();
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 1 });
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action: { drop: 'before' } }] });
    clock.advance(31_000);
    const read = await stage.ask('GET', pathOf('/settings'));
    expect(read.headers['cache-status']).toMatch(/; detail=stale-if-error$/);

    const reply = await change(stage);

    expectNotSent(reply, 502, [99020]);
    // The last read met a kept connection that closed, and was sent once more.
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 3 });
  });
});
