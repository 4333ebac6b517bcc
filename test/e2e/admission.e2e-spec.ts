import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startGateway } from '../support/gateway/gateway.js';
import { call, codeOf, envelopeOf, type Reply } from '../support/http/http.js';
import {
  aUseOf,
  apiKey,
  bearer,
  email,
  emptyZone,
  operationNames,
  pathOf,
  seededZone,
} from '../support/http/requests.js';
import { startStage, type Stage } from '../support/gateway/stage.js';
import { aClosedUpstream, startRawUpstream } from '../support/upstream/upstream.js';

const writes = operationNames.filter((name) => /\.(upload|update|delete)$/.test(name));

const withToken = (name: string) => ({ authorization: `Bearer ${name}` });
const madeUp = withToken('made-up-token');
const readOnly = withToken('sandbox-token-read-only');

interface Change {
  readonly headers?: Record<string, string>;
  readonly zone?: string;
}

function change(stage: Stage, { headers = bearer, zone = seededZone }: Change = {}): Promise<Reply> {
  return stage.ask('PUT', pathOf('/settings', zone), { headers, body: { enabled: true } });
}

/** Made before the gateway, which then goes by it. */
function aClock(): { advance(ms: number): void } {
  const now = performance.now.bind(performance);
  let ahead = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  return {
    advance: (ms) => {
      ahead += ms;
    },
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A credential that Cloudflare does not know', () => {
  it.each(writes)('is asked about with one read, whose refusal is the answer to %s', async (name) => {
    await using stage = await startStage();
    const { method, path, body } = await aUseOf(name);

    const reply = await stage.ask(method, path, { headers: madeUp, body });

    const read = stage.onlyExchange();
    expect([read.method, read.url, read.body.length]).toEqual(['GET', `/client/v4${pathOf('/settings')}`, 0]);
    expect(read.headers['authorization']).toBe(madeUp.authorization);
    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
    expect(reply.body).toEqual(read.answer?.body);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('is asked about each time', async () => {
    await using stage = await startStage();

    for (let time = 0; time < 2; time += 1)
      expect(codeOf(await change(stage, { headers: madeUp }))).toBe(10000);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });

  it("takes nothing out of anybody's cache", async () => {
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 60 });
    await stage.admit();

    await change(stage, { headers: madeUp });
    const reply = await stage.ask('GET', pathOf('/settings'));

    expect(reply.headers['cache-status']).toMatch(/^origin-pulls-gateway; hit;/);
    expect(stage.onlyExchange().headers['authorization']).toBe(madeUp.authorization);
  });
});

describe('A credential that Cloudflare has accepted', () => {
  it('is not asked about again for the next change', async () => {
    await using stage = await startStage();

    for (let time = 0; time < 3; time += 1) expect((await change(stage)).status).toBe(200);

    expect(stage.recorder.exchanges.map(({ method }) => method)).toEqual(['GET', 'PUT', 'PUT', 'PUT']);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 3 });
  });

  it('is asked about again after 30 s', async () => {
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

  it('is asked about again after 30 s, however long what it read is kept', async () => {
    const clock = aClock();
    await using stage = await startStage({}, { CACHE_TTL_ITEM_SECONDS: 3600 });
    await stage.ask('GET', pathOf('/settings'));
    clock.advance(30_001);
    expect((await stage.ask('GET', pathOf('/settings'))).headers['cache-status']).toContain('; hit');

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2, 'settings.update': 1 });
  });

  it('for any read is not asked about at all', async () => {
    await using stage = await startStage();
    await stage.ask('GET', pathOf('/hostnames/app.example.com'));

    expect((await change(stage)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 1, 'settings.update': 1 });
  });

  it.each<[string, Change]>([
    ['another zone', { zone: emptyZone }],
    ['another token', { headers: withToken('sandbox-token-read-write-other') }],
    ['a key', { headers: { 'x-auth-email': email, 'x-auth-key': apiKey } }],
  ])('says nothing of %s', async (_, other) => {
    await using stage = await startStage();
    await stage.admit();

    expect((await change(stage, other)).status).toBe(200);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
  });

  it('to read alone is admitted, and it is Cloudflare that refuses its changes', async () => {
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

describe('A credential that Cloudflare accepts no longer', () => {
  it('changes nothing any more, once a read was refused', async () => {
    await using stage = await startStage();
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ action: { refuseToken: true } }] });
    expect(codeOf(await stage.ask('GET', pathOf('/hostnames/app.example.com')))).toBe(10000);

    const reply = await change(stage);

    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 1, 'settings.get': 1 });
  });

  it('and then does again is asked about again', async () => {
    await using stage = await startStage();
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
  ])('says so to a change too, and then for every zone: %d with %d', async (status, code) => {
    await using stage = await startStage();
    await change(stage, { zone: emptyZone });
    await stage.admit();
    const body = { success: false, errors: [{ code, message: 'Refused' }], messages: [], result: null };
    await stage.sandbox.faults({ rules: [{ count: 1, action: { status, body } }] });

    expect([(await change(stage)).status, (await change(stage, { zone: emptyZone })).status]).toEqual([
      status,
      200,
    ]);

    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 2 });
  });
});

/** Nothing but the change was asked for, yet it never went out. */
function expectNotSent(reply: Reply, status: number, codes: readonly number[]): void {
  expect(reply.status).toBe(status);
  expect(codes).toContain(codeOf(reply));
  expect(envelopeOf(reply).errors[0]?.message).toMatch(/\. Nothing was changed\.$/);
  expect(reply.headers['x-should-retry']).toBe('true');
}

describe('An upstream that cannot say whether it accepts the credential', () => {
  it('since it cannot be reached is a 502', async () => {
    const gateway = await startGateway({ upstream: await aClosedUpstream() });

    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: {} });
    await gateway.close();

    expectNotSent(reply, 502, [99020]);
  });

  it.each([
    ['answers garbage', 'garbage'],
    ['answers a body that breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"success":true'],
    ['hangs up', ''],
  ])('since it %s is a 502, for nothing was sent of the change', async (_, bytes) => {
    await using upstream = await startRawUpstream(bytes);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'PUT', { headers: bearer, body: {} });
    await gateway.close();

    expectNotSent(reply, 502, [99020, 99021]);
  });

  it('since it never answers is a 504 after 10 s', async () => {
    await using stage = await startStage();
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action: { hang: 'before' } }] });

    const reply = await change(stage);

    expectNotSent(reply, 504, [99022]);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  }, 20_000);

  it.each([502, 503, 522])('since it answers with a page of HTML keeps its %d', async (status) => {
    await using stage = await startStage();
    await stage.sandbox.faults({ rules: [{ action: { status, text: '<html>', contentType: 'text/html' } }] });

    const reply = await change(stage);

    expectNotSent(reply, status, [99021]);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it.each([429, 500, 503])('since it refuses with a %d is passed on, byte for byte', async (status) => {
    await using stage = await startStage();
    await stage.sandbox.faults({ rules: [{ action: { status } }] });

    const reply = await change(stage);

    expect(reply.status).toBe(status);
    expect(reply.body).toEqual(stage.onlyExchange().answer?.body);
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('but said so a while ago does not let the change through on what was kept', async () => {
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
