import { describe, expect, it } from '@jest/globals';
import { admitAt, startGateway } from '../support/gateway/gateway.js';
import { call, codeOf, envelopeOf, type CallOptions, type Reply } from '../support/http/http.js';
import { anAssociation, bearer, pathOf } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import { accept, acceptance, startRawUpstream, startUpstream } from '../support/upstream/upstream.js';
import { expectAnswer } from '../support/http/refusals.js';

const aStage = sharedStage();

/** The answers to a read and a write through a gateway, after upstream has accepted the credential. */
async function readAndWriteAt(
  upstream: string,
  onceAccepted: () => PromiseLike<void> | void = () => undefined,
): Promise<[Reply, Reply]> {
  const gateway = await startGateway({ upstream });
  await admitAt(gateway);
  await onceAccepted();
  const ask = (method: string, path: string, options: CallOptions = {}) =>
    call(gateway.base + path, method, { headers: bearer, ...options });
  const replies = await Promise.all([
    ask('GET', pathOf('/settings')),
    ask('PUT', pathOf('/hostnames'), { body: { config: [anAssociation()] } }),
  ]);
  await gateway.close();
  return replies;
}

const operationId = /Operation [0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\./;

describe('Failures of upstream', () => {
  it('A read and a write answer 502 with code 99020 if upstream cannot be reached', async () => {
    await using upstream = await startRawUpstream(acceptance);

    const [read, write] = await readAndWriteAt(upstream.url, () => upstream[Symbol.asyncDispose]());

    expectAnswer(read, { status: 502, code: 99020, retry: true });
    expectAnswer(write, { status: 502, code: 99020, retry: true, message: /Nothing was changed/ });
  });

  it.each([
    ['answers garbage', '\x00\x01 garbage\r\n\r\n'],
    ['answers another protocol', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['answers headers that break off', 'HTTP/1.1 200 OK\r\ncontent-type: appl'],
    ['answers a body that breaks off', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"success":true'],
    ['answers headers without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n{}`],
    ['hangs up', ''],
  ])('A read answers 502, and a write 504 with code 99032, if upstream %s', async (_, bytes) => {
    await using upstream = await startRawUpstream(acceptance, bytes);

    const [read, write] = await readAndWriteAt(upstream.url);

    expect(read.status).toBe(502);
    expect([99020, 99021]).toContain(codeOf(read));
    expect(read.headers['x-should-retry']).toBe('true');
    expectAnswer(write, { status: 504, code: 99032, retry: false, message: operationId });
  });

  it('A write that upstream redirects is sent once', async () => {
    let calls = 0;
    let redirects = false;
    await using upstream = await startUpstream((_incoming, outgoing) => {
      if (!redirects) {
        accept(outgoing);
        return;
      }
      calls += 1;
      outgoing.writeHead(307, { location: '/client/v4/zones' }).end();
    });

    await readAndWriteAt(upstream.url, () => {
      redirects = true;
    });

    expect(calls).toBe(2);
  });

  it.concurrent(
    'A read that upstream never answers is answered with 504 and code 99022 after 10 s',
    async () => {
      await using stage = await startStage();
      await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action: { hang: 'before' } }] });
      const startedAt = performance.now();

      const [read, other] = await Promise.all([
        stage.ask('GET', pathOf('/settings')),
        stage.ask('GET', pathOf('/hostnames/app.example.com')),
      ]);

      expectAnswer(read, { status: 504, code: 99022, retry: true });
      expect(performance.now() - startedAt).toBeLessThan(15_000);
      expect(performance.now() - startedAt).toBeGreaterThan(9000);
      expect(other.status).toBe(200);
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'hostname.get': 1 });
    },
    20_000,
  );

  it('A change whose answer is lost answers 504 with code 99032, which names the operation', async () => {
    const stage = await aStage();
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { drop: 'after' } }] });

    const write = await stage.ask('PUT', pathOf('/settings'), { body: { enabled: false } });

    expectAnswer(write, { status: 504, code: 99032, retry: false, message: operationId });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.update': 1 });
    const read = await stage.ask('GET', pathOf('/settings'));
    expect(envelopeOf(read).result).toEqual({ enabled: false });
  });

  it('A failure of upstream shows neither the credential nor the request body', async () => {
    await using upstream = await startRawUpstream(acceptance, 'garbage');
    const gateway = await startGateway({ upstream: upstream.url });
    await admitAt(gateway);

    const reply = await call(gateway.base + pathOf(''), 'POST', {
      headers: bearer,
      body: { certificate: 'c2VjcmV0', private_key: 'a2V5a2V5' },
    });
    await gateway.close();

    expect(codeOf(reply)).toBe(99032);
    expect(reply.body.toString()).not.toMatch(/sandbox-token|c2VjcmV0|a2V5a2V5|127\.0\.0\.1/);
  });
});

describe('Retry-After', () => {
  const inTenMinutes = new Date(Date.now() + 10 * 60 * 1000).toUTCString();
  const inTwentySeconds = new Date(Date.now() + 20 * 1000).toUTCString();

  it.each([
    [429, '300', 'js', 'false'],
    [429, '61', 'js', 'false'],
    [503, '3600', 'js', 'false'],
    [429, inTenMinutes, 'js', 'false'],
    [429, '60', 'js', undefined],
    [429, '5', 'js', undefined],
    [429, '0', 'js', undefined],
    [429, inTwentySeconds, 'js', undefined],
    [429, 'soon', 'js', undefined],
    [429, '61', 'go', undefined],
    [429, '300', 'python', undefined],
    [503, inTenMinutes, 'java', undefined],
    [429, '300', '', undefined],
  ])(
    'A %d with Retry-After %s to a client in "%s" has x-should-retry %s',
    async (status, retryAfter, lang, shouldRetry) => {
      const stage = await aStage();
      await stage.sandbox.faults({
        rules: [{ action: { status, headers: { 'retry-after': retryAfter } } }],
      });

      const headers = { ...bearer, ...(lang && { 'x-stainless-lang': lang }) };
      const reply = await stage.ask('GET', pathOf('/settings'), { headers });

      expect(reply.status).toBe(status);
      expect(reply.headers['retry-after']).toBe(retryAfter);
      expect(reply.headers['x-should-retry']).toBe(shouldRetry);
    },
  );
});
