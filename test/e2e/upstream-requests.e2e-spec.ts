import { describe, expect, it } from '@jest/globals';
import { type FaultsInput } from '../../sandbox/faults.js';
import { admitAt, startGateway } from '../support/gateway.js';
import { call, codeOf, envelopeOf } from '../support/http.js';
import {
  anAssociation,
  anUpload,
  apiKey,
  aUseOf,
  bearer,
  email,
  operationNames,
  pathOf,
  seededZone,
  token,
  zoneCertificate,
} from '../support/requests.js';
import { startStage, type Stage } from '../support/stage.js';
import { accept, startUpstream, type Upstream } from '../support/upstream.js';

const userAgent = expect.stringMatching(/^origin-pulls-gateway\/\d+\.\d+\.\d+/) as unknown as string;
/** By which a request that leads back to the gateway is known. */
const via = expect.stringMatching(/^1\.1 origin-pulls-gateway-[\da-f]{16}$/) as unknown as string;
const json = { 'content-type': 'application/json' };

/** What an SDK, a browser and a proxy may put on a request, and what is none of Cloudflare's business. */
const noise = {
  accept: 'text/html',
  'accept-encoding': 'gzip, br',
  'accept-language': 'de',
  'api-version': '2026-01-01',
  cookie: 'session=1',
  forwarded: 'for=192.0.2.1',
  'if-none-match': '"1"',
  'cache-control': 'no-cache',
  origin: 'https://example.com',
  referer: 'https://example.com/',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'user-agent': 'Cloudflare/JS 7.3.0',
  via: '1.1 proxy.example.com (squid)',
  'x-auth-user-service-key': 'v1.0-secret',
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-host': 'example.com',
  'x-forwarded-proto': 'https',
  'x-http-method-override': 'DELETE',
  'x-real-ip': '192.0.2.1',
  'x-request-id': 'caller-1',
  'x-stainless-lang': 'js',
  'x-stainless-retry-count': '1',
};

function hostOf(stage: Stage): string {
  return new URL(stage.recorder.url).host;
}

describe('A request to Cloudflare', () => {
  it.each(operationNames)('for %s carries the expected headers and no others', async (name) => {
    await using stage = await startStage();
    const { method, path, body } = await aUseOf(name);
    await stage.admit();

    await stage.ask(method, path, { body, headers: { ...noise, ...bearer, ...json } });

    const sent = stage.onlyExchange();
    expect(sent.headers).toEqual({
      host: hostOf(stage),
      connection: method === 'GET' ? 'keep-alive' : 'close',
      'user-agent': userAgent,
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'api-version': '2026-01-01',
      via,
      ...(body !== undefined && { ...json, 'content-length': String(sent.body.length) }),
    });
    expect(sent.method).toBe(method);
    expect(sent.url).toBe(`/client/v4${path}`);
  });

  it('carries the token alone where e-mail and key came with it', async () => {
    await using stage = await startStage();

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { ...bearer, 'x-auth-email': email, 'x-auth-key': apiKey },
    });

    expect(reply.status).toBe(200);
    const { headers } = stage.onlyExchange();
    expect(headers['authorization']).toBe(`Bearer ${token}`);
    expect(Object.keys(headers).filter((each) => each.startsWith('x-'))).toEqual([]);
  });

  it('carries a wrong token rather than the right key beside it', async () => {
    await using stage = await startStage();

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { authorization: 'Bearer wrong', 'x-auth-email': email, 'x-auth-key': apiKey },
    });

    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
  });

  it('carries e-mail and key where there is no token', async () => {
    await using stage = await startStage();

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { 'x-auth-email': email, 'x-auth-key': apiKey },
    });

    expect(reply.status).toBe(200);
    expect(stage.onlyExchange().headers).toEqual({
      host: hostOf(stage),
      connection: 'keep-alive',
      'user-agent': userAgent,
      accept: 'application/json',
      via,
      'x-auth-email': email,
      'x-auth-key': apiKey,
    });
  });

  it('carries page, per_page and status of a list of associations, as often as they came, and nothing else', async () => {
    await using stage = await startStage();

    await stage.ask(
      'GET',
      pathOf(
        '/hostnames?page=2&per_page=1&status=active%2Cdeleted&status=all&order=asc&PAGE=3&page[]=4&token=x&status[a]=b',
      ),
    );

    const { searchParams } = new URL(stage.onlyExchange().url, stage.recorder.url);
    expect([...searchParams].sort()).toEqual([
      ['page', '2'],
      ['per_page', '1'],
      ['status', 'active,deleted'],
      ['status', 'all'],
    ]);
  });

  it('keeps what a query parameter says, whatever it says', async () => {
    await using stage = await startStage();

    await stage.ask('GET', pathOf('/hostnames?page=&status=%26page%3D9%23%0d%0a%C3%BC%20+x'));

    const { searchParams } = new URL(stage.onlyExchange().url, stage.recorder.url);
    expect([...searchParams]).toEqual([
      ['page', ''],
      ['status', '&page=9#\r\nü  x'],
    ]);
  });

  it.each(operationNames.filter((name) => name !== 'hostname.list'))(
    'for %s carries no query',
    async (name) => {
      await using stage = await startStage();
      const { method, path, body } = await aUseOf(name);
      await stage.admit();

      await stage.ask(method, `${path}?page=1&per_page=2&status=all&x=y`, { body });

      expect(stage.onlyExchange().url).toBe(`/client/v4${path}`);
    },
  );

  it('for a read has no body, even where the caller sent one', async () => {
    await using stage = await startStage();

    const reply = await stage.ask('GET', pathOf('/settings'), { body: { enabled: false } });

    expect(reply.status).toBe(200);
    const { body, headers } = stage.onlyExchange();
    expect(body).toHaveLength(0);
    expect(headers).not.toHaveProperty('content-type');
  });

  it('for a delete that came with a content type and no body has neither', async () => {
    await using stage = await startStage();
    const { path } = await aUseOf('hostname_certificate.delete');
    await stage.admit();

    const reply = await stage.ask('DELETE', path, { headers: { ...bearer, ...json } });

    expect(reply.status).toBe(200);
    const { body, headers } = stage.onlyExchange();
    expect(body).toHaveLength(0);
    expect(headers).not.toHaveProperty('content-type');
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it('for a delete that came with a body has it', async () => {
    await using stage = await startStage();
    const { path } = await aUseOf('zone_certificate.delete');
    await stage.admit();

    const reply = await stage.ask('DELETE', path, { body: {} });

    expect(reply.status).toBe(200);
    expect(stage.onlyExchange().body.toString()).toBe('{}');
  });

  it.each([
    ['*.example.com', '*.example.com'],
    ['%2A.example.com', '*.example.com'],
    ['App.EXAMPLE.com', 'App.EXAMPLE.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['_dmarc.example.com', '_dmarc.example.com'],
  ])('names the hostname %s as %s', async (asked, sent) => {
    await using stage = await startStage();

    await stage.ask('GET', pathOf(`/hostnames/${asked}`));

    expect(stage.onlyExchange().url).toBe(`/client/v4${pathOf(`/hostnames/${sent}`)}`);
  });

  it('names a certificate as it was named, by UUID and by 32 digits, in any case', async () => {
    await using stage = await startStage();
    const ids = [
      '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
      '2458CE5A-0C35-4C7F-82C7-8E9487D3FF60',
      seededZone,
      seededZone.toUpperCase(),
    ];

    for (const id of ids) await stage.ask('GET', pathOf(`/hostnames/certificates/${id}`));

    expect(stage.recorder.exchanges.map(({ url }) => url.split('/').at(-1))).toEqual(ids);
  });

  it('uses the connection that is there for a read, and a new one for a change', async () => {
    await using stage = await startStage();

    for (const name of operationNames) {
      const { method, path, body } = await aUseOf(name);
      await stage.ask(method, path, { body });
    }

    const { exchanges } = stage.recorder;
    expect(exchanges).toHaveLength(13);
    const connectionsOf = (isRead: boolean) =>
      new Set(
        exchanges.filter(({ method }) => (method === 'GET') === isRead).map(({ connection }) => connection),
      );
    expect(connectionsOf(true).size).toBe(1);
    expect(connectionsOf(false).size).toBe(6);
    expect(new Set(exchanges.map(({ connection }) => connection)).size).toBe(7);
  });

  it('keeps a path in front of the operations', async () => {
    const urls: string[] = [];
    await using upstream = await startUpstream((incoming, outgoing) => {
      urls.push(incoming.url ?? '');
      outgoing.setHeader('content-type', 'application/json').end('{"success":true,"result":{}}');
    });
    const gateway = await startGateway({ upstream: upstream.url.replace('/client/v4', '/a/b%20c//') });

    const reply = await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
    await gateway.close();

    expect(reply.status).toBe(200);
    expect(urls).toEqual([`/a/b%20c${pathOf('/settings')}`]);
  });
});

type Action = NonNullable<FaultsInput['rules']>[number]['action'];

const readAndWrite = [
  { method: 'GET', path: pathOf('/settings'), body: undefined },
  { method: 'PUT', path: pathOf('/settings'), body: { enabled: true } },
];

/** Answers one method with an envelope of this many bytes, and any other as is fit. */
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

describe('An answer that cannot be passed on', () => {
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
    'since it is %s is a 502, and only a read may be sent again',
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
  ])('since it is a page of HTML keeps its %d', async (status, retry) => {
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

  it('since it is a success that is none is a 502 with what Cloudflare said, and is not sent again', async () => {
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
  ])('keeps its Retry-After and its ray all the same: %d, %s s', async (status, retryAfter, retry) => {
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
  ])('to a change of %d says the same of sending it again in JSON and in text', async (status, inText) => {
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
    'to the read before a change of %s says whether the change may be sent again',
    async (_, action, expected) => {
      await using stage = await startStage();
      await stage.sandbox.faults({ rules: [{ action }] });

      const reply = await stage.ask('PUT', pathOf('/settings'), { body: { enabled: true } });

      expect(reply.headers['x-should-retry']).toBe(expected);
      expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
    },
  );

  it.each([
    ['says how long it is', false],
    ['does not', true],
  ])('since it has 3 MiB is a 502, where it %s', async (_, chunked) => {
    await using upstream = await startLargeUpstream(3 * 1024 * 1024, chunked);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
    await gateway.close();

    expect([reply.status, codeOf(reply)]).toEqual([502, 99021]);
  });

  it('is not too large at 1.9 MiB', async () => {
    const bytes = 1.9 * 1024 * 1024;
    await using upstream = await startLargeUpstream(Math.floor(bytes / 2) * 2, true);
    const gateway = await startGateway({ upstream: upstream.url });

    const reply = await call(gateway.base + pathOf('/settings'), 'GET', { headers: bearer });
    await gateway.close();

    expect(reply.status).toBe(200);
    expect(reply.body).toHaveLength(Math.floor(bytes / 2) * 2);
  });

  it('says that a change is unknown where its answer is too large', async () => {
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
