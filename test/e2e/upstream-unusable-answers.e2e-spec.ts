import { describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { admitAt, startGateway } from '../support/gateway/gateway.js';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import { anAssociation, anUpload, bearer, pathOf, zoneCertificate } from '../support/http/requests.js';
import { startStage } from '../support/gateway/stage.js';
import { accept, startUpstream, type Upstream } from '../support/upstream/upstream.js';

type Action = NonNullable<FaultsInput['rules']>[number]['action'];

const readAndWrite = [
  { method: 'GET', path: pathOf('/settings'), body: undefined },
  { method: 'PUT', path: pathOf('/settings'), body: { enabled: true } },
];

/** Answers one method with an envelope of this many bytes, and any other with success. */
function startLargeUpstream(bytes: number, chunked: boolean, large = 'GET'): Promise<Upstream> {
  return startUpstream((incoming, outgoing) => {
    incoming.resume();
    if (incoming.method !== large) {
      accept(outgoing);
      return;
    }
    const body = JSON.stringify({ success: true, result: '' });
    const whole = body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
    outgoing.setHeader('content-type', 'application/json');
    if (!chunked) outgoing.setHeader('content-length', bytes);
    outgoing.write(whole.slice(0, bytes / 2));
    outgoing.end(whole.slice(bytes / 2));
  });
}

describe('Unusable answers of the upstream', () => {
  it.each([
    ['a redirect within the API', { status: 302, headers: { location: pathOf('') } }],
    ['a redirect elsewhere', { status: 308, headers: { location: 'https://example.com/' } }],
    ['a 304', { status: 304, text: '' }],
    ['a page of HTML', { status: 200, text: '<!doctype html><p>Hello', contentType: 'text/html' }],
    ['an envelope without success', { status: 200, body: { result: {} } }],
    ['a success that is a text', { status: 200, body: { success: 'true', result: {} } }],
    ['an array', { status: 200, body: [] }],
    ['null', { status: 200, body: null }],
    [
      'JSON that breaks off',
      { status: 200, text: '{"success":true,"result":{', contentType: 'application/json' },
    ],
    ['nothing', { status: 200, text: '' }],
    ['no content', { status: 204, text: '' }],
  ] satisfies [string, Action][])(
    'An upstream answer of %s is a 502, and only a read may be retried',
    async (_, action) => {
      await using stage = await startStage();
      await stage.admit();
      await stage.sandbox.faults({ rules: [{ action }] });

      // The change first: what refuses the read would keep the change after it from being sent.
      for (const { method, path, body } of readAndWrite.toReversed()) {
        const reply = await stage.ask(method, path, { body });

        expect(reply.status).toBe(502);
        expect(envelopeOf(reply)).toEqual({
          success: false,
          errors: [{ code: 99021, message: expect.any(String) }],
          messages: [],
          result: null,
        });
        expect(reply.headers['x-should-retry']).toBe(String(method === 'GET'));
        expect(reply.headers).not.toHaveProperty('location');
      }
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
    },
  );

  it.each([
    [401, false],
    [403, false],
    [404, false],
    [500, true],
    [502, true],
    [503, true],
    [522, true],
  ])('A page of HTML with status %d keeps its status', async (status, retry) => {
    await using stage = await startStage();
    const page = '<html>error code: 1015</html>';
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ action: { status, text: page, contentType: 'text/html' } }] });

    for (const { method, path, body } of readAndWrite.toReversed()) {
      const reply = await stage.ask(method, path, { body });

      expect(reply.status).toBe(status);
      expect(reply.headers['content-type']).toBe('application/json');
      expect(codeOf(reply)).toBe(99021);
      expect(reply.body.toString()).not.toContain('1015');
      expect(reply.headers['x-should-retry']).toBe(String(retry && method === 'GET'));
    }
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
  });

  it('A 200 with success: false is a 502 with the errors of Cloudflare, without a retry', async () => {
    await using stage = await startStage();
    await stage.admit();
    const errors = [{ code: 1, message: 'No.' }];
    await stage.sandbox.faults({ rules: [{ action: { status: 200, body: { success: false, errors } } }] });

    for (const { method, path, body } of readAndWrite.toReversed()) {
      const reply = await stage.ask(method, path, { body });

      expect(reply.status).toBe(502);
      expect(envelopeOf(reply).errors).toEqual([{ code: 99021, message: expect.any(String) }, ...errors]);
      expect(reply.headers['x-should-retry']).toBe('false');
    }
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1, 'settings.update': 1 });
  });

  it.each([
    [429, '5', 'true'],
    [503, '300', 'true'],
  ])('A text answer of status %d keeps Retry-After: %s and its cf-ray', async (status, retryAfter, retry) => {
    await using stage = await startStage();
    await stage.sandbox.faults({
      rules: [
        {
          action: {
            status,
            text: 'error code: 1015',
            headers: { 'retry-after': retryAfter, 'cf-ray': '230b030023ae2822-SJC' },
          },
        },
      ],
    });

    const reply = await stage.ask('GET', pathOf('/settings'));

    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({ 'retry-after': retryAfter, 'cf-ray': '230b030023ae2822-SJC' });
    expect(reply.headers['x-should-retry']).toBe(retry);
  });

  it.each([
    [408, 'true'],
    [409, 'true'],
    [429, 'true'],
    [400, 'false'],
    [403, 'false'],
    [500, 'false'],
    [503, 'false'],
    [504, 'false'],
    [520, 'false'],
  ])('A change with status %d has the same retry advice in JSON and in text', async (status, inText) => {
    // The SDKs themselves send a 408, 409 or 429 again, and no other 4xx: there the answer stays as it is.
    const inJson = status < 500 ? undefined : 'false';
    await using stage = await startStage();
    await stage.admit();
    for (const [action, expected] of [
      [{ status }, inJson],
      [{ status, text: 'error code: 1015' }, inText],
    ] as const) {
      await stage.sandbox.faults({ rules: [{ action }] });
      for (const [method, path, body] of [
        ['PUT', '/settings', { enabled: true }],
        ['POST', '', await anUpload()],
        ['DELETE', `/${zoneCertificate}`, undefined],
      ] as const) {
        if (status === 403) await stage.admit().catch(() => undefined);
        const reply = await stage.ask(method, pathOf(path), { body });

        expect([method, reply.status, reply.headers['x-should-retry']]).toEqual([method, status, expected]);
      }
    }
  });

  it.each([
    ['JSON', { status: 503 }, undefined],
    ['text', { status: 503, text: 'busy' }, 'true'],
    ['nothing at all', { drop: 'before' }, 'true'],
    ['a redirect', { status: 302, text: '' }, 'true'],
    ['text that refuses', { status: 403, text: 'error code: 1020' }, 'false'],
  ] satisfies [string, Action, string | undefined][])(
    'The answer %s to the read before a change sets x-should-retry of the change',
    async (_, action, expected) => {
      await using stage = await startStage();
      await stage.sandbox.faults({ rules: [{ action }] });

      const reply = await stage.ask('PUT', pathOf('/settings'), { body: { enabled: true } });

      expect(reply.headers['x-should-retry']).toBe(expected);
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
    },
  );

  it.each([
    ['with Content-Length', false],
    ['in chunks', true],
  ])('An answer of 3 MiB is a 502, %s', async (_, chunked) => {
    await using upstream = await startLargeUpstream(3 * 1024 * 1024, chunked);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
    await gateway.close();

    expect([reply.status, codeOf(reply)]).toEqual([502, 99021]);
  });

  it('An answer of 1.9 MiB is passed on', async () => {
    const bytes = 1.9 * 1024 * 1024;
    await using upstream = await startLargeUpstream(Math.floor(bytes / 2) * 2, true);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
    await gateway.close();

    expect(reply.status).toBe(200);
    expect(reply.body).toHaveLength(Math.floor(bytes / 2) * 2);
  });

  it('A change with a too large answer has an unknown outcome: 504 with code 99032', async () => {
    await using upstream = await startLargeUpstream(3 * 1024 * 1024, true, 'PUT');
    const gateway = await startGateway({ upstream: upstream.url });
    await admitAt(gateway);

    const reply = await call(gateway.base + pathOf('/hostnames'), 'PUT', {
      headers: bearer,
      body: { config: [anAssociation()] },
    });
    await gateway.close();

    expect([reply.status, codeOf(reply)]).toEqual([504, 99032]);
    expect(reply.headers['x-should-retry']).toBe('false');
  });
});
