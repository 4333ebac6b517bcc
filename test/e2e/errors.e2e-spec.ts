import { describe, expect, it } from '@jest/globals';
import { admitAt, startGateway } from '../support/gateway.js';
import { call, codeOf, envelopeOf, type CallOptions, type Reply } from '../support/http.js';
import { sendRaw } from '../support/raw.js';
import {
  anAssociation,
  anUpload,
  apiKey,
  bearer,
  email,
  emptyZone,
  pathOf,
  token,
} from '../support/requests.js';
import { sharedStage, startStage, type Stage } from '../support/stage.js';
import { accept, acceptance, startRawUpstream, startUpstream } from '../support/upstream.js';

const aStage = sharedStage();

interface Expected {
  readonly status: number;
  readonly code: number;
  /** What `x-should-retry` says. */
  readonly retry: boolean;
  readonly message?: RegExp;
}

/** The whole of an answer of the gateway's own, which never went further than the gateway. */
async function expectRefusal(
  stage: Stage,
  reply: Reply,
  { status, code, retry, message = /./ }: Expected,
): Promise<void> {
  expectAnswer(reply, { status, code, retry, message });
  expect(stage.recorder.exchanges).toHaveLength(0);
  expect(await stage.sandbox.calls()).toEqual({});
}

function expectAnswer(reply: Reply, { status, code, retry, message = /./ }: Expected): void {
  expect(envelopeOf(reply)).toEqual({
    success: false,
    errors: [{ code, message: expect.stringMatching(message) }],
    messages: [],
    result: null,
  });
  expect(reply.status).toBe(status);
  expect(reply.headers).toMatchObject({
    'content-type': 'application/json',
    'x-should-retry': String(retry),
    'x-request-id': expect.any(String),
    'cache-control': 'private, no-cache',
    vary: 'Authorization, X-Auth-Email, X-Auth-Key, Api-Version, Accept-Encoding',
  });
}

const jsonType = { ...bearer, 'content-type': 'application/json' };
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('A malformed identifier', () => {
  it.each([
    ['zone of 31 digits', pathOf('', 'a'.repeat(31))],
    ['zone of 33 digits', pathOf('/settings', 'a'.repeat(33))],
    ['zone in capitals', pathOf('', emptyZone.toUpperCase())],
    ['zone that is a UUID', pathOf('', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60')],
    ['certificate id that is a word', pathOf('/certificates')],
    ['certificate id of 31 digits', pathOf(`/${'a'.repeat(31)}`)],
    ['certificate id with braces', pathOf('/%7B2458ce5a-0c35-4c7f-82c7-8e9487d3ff60%7D')],
    ['hostname certificate id that is a word', pathOf('/hostnames/certificates/all')],
    ['hostname with a space', pathOf('/hostnames/a%20b.example.com')],
    ['hostname with an empty label', pathOf('/hostnames/a..example.com')],
    ['hostname with a star inside', pathOf('/hostnames/a.*.example.com')],
    ['hostname of 254 characters', pathOf(`/hostnames/${'abcdefghi.'.repeat(25)}abcd`)],
    ['hostname with a label of 64 characters', pathOf(`/hostnames/${'a'.repeat(64)}.com`)],
    ['hostname with a port', pathOf('/hostnames/example.com:443')],
    ['hostname with a slash', pathOf('/hostnames/a%2Fb')],
    ['hostname that cannot be decoded', pathOf('/hostnames/%E0%A4%A')],
    ['segment of 3,000 characters', pathOf(`/hostnames/${'a'.repeat(3000)}`)],
  ])('is a 400 with 7003: a %s', async (_, path) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', path);

    await expectRefusal(stage, reply, {
      status: 400,
      code: 7003,
      retry: false,
      message: /perhaps your object identifier is invalid\?/,
    });
  });

  it.each([
    ['b%C3%BCcher.example', 'xn--bcher-kva.example'],
    ['*.%E4%BE%8B%E3%81%88.jp', '*.xn--r8jz45g.jp'],
    ['stra%C3%9Fe.example', 'xn--strae-oqa.example'],
  ])('is told the A-labels where it is the international name %s', async (name, ascii) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf(`/hostnames/${name}`));

    await expectRefusal(stage, reply, { status: 400, code: 7003, retry: false });
    expect(envelopeOf(reply).errors[0]?.message).toContain(`send ${ascii}.`);
  });

  it('is not repeated in the answer, since a secret may stand in the wrong place', async () => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf(`/hostnames/certificates/${token}`));

    expect(codeOf(reply)).toBe(7003);
    expect(reply.body.toString()).not.toContain(token);
  });
});

describe('A path', () => {
  it.each([
    '',
    '/zones',
    '/user/tokens/verify',
    `/zones/${emptyZone}`,
    `/zones/${emptyZone}/dns_records`,
    pathOf('/hostnames/app.example.com/certificates'),
    pathOf('/hostnames/certificates/2458ce5a-0c35-4c7f-82c7-8e9487d3ff60/x'),
    pathOf('/settings/x'),
    pathOf('/'),
    pathOf('/settings/'),
    pathOf('/Settings/enabled'),
    pathOf('/hostnames/'),
    pathOf('/hostnames/certificates/'),
    `${pathOf('//')}`,
  ])('that is not there is a 400 with 7003 and 7000, as at Cloudflare: %s', async (path) => {
    const stage = await aStage();

    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const reply = await stage.ask(method, path);

      expect(reply.status).toBe(400);
      expect(reply.headers['x-should-retry']).toBe('false');
      expect(envelopeOf(reply)).toEqual({
        success: false,
        errors: [
          { code: 7003, message: expect.stringContaining('/zones/{zone_id}/origin_tls_client_auth') },
          { code: 7000, message: 'No route for that URI' },
        ],
        messages: [],
        result: null,
      });
    }
    const head = await stage.ask('HEAD', path);
    expect([head.status, head.body.length]).toEqual([400, 0]);
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it.each([pathOf('/settings'), `/zones/${emptyZone}/dns_records/x`, '/client/v5/zones', '/CLIENT/V4/zones'])(
    'outside the base URL is told what the base URL is: %s',
    async (path) => {
      const stage = await aStage();

      const reply = await call(stage.gateway.url + path, 'GET', { headers: bearer });

      expect([reply.status, codeOf(reply)]).toEqual([400, 7003]);
      expect(envelopeOf(reply).errors[0]?.message).toContain('ends in /client/v4');
    },
  );

  it.each([
    ['PATCH', pathOf(''), ['GET', 'POST']],
    ['PUT', pathOf(''), ['GET', 'POST']],
    ['DELETE', pathOf(''), ['GET', 'POST']],
    ['POST', pathOf('/settings'), ['GET', 'PUT']],
    ['DELETE', pathOf('/hostnames/app.example.com'), ['GET']],
    ['POST', pathOf('/hostnames'), ['GET', 'PUT']],
    ['PUT', pathOf('/hostnames/certificates'), ['GET', 'POST']],
    ['POST', pathOf(`/hostnames/certificates/${emptyZone}`), ['DELETE', 'GET']],
    ['OPTIONS', pathOf(`/${emptyZone}`), ['DELETE', 'GET']],
  ])(
    'that does not take the method is a 405 that says which it takes: %s %s',
    async (method, path, takes) => {
      const stage = await aStage();

      const reply = await stage.ask(method, path);

      await expectRefusal(stage, reply, { status: 405, code: 99005, retry: false });
      const allowed = reply.headers.allow?.split(', ').filter((each) => each !== 'HEAD');
      expect(allowed?.sort()).toEqual(takes);
    },
  );
});

describe('Credentials', () => {
  it.each([
    ['none', {}],
    ['an e-mail address alone', { 'x-auth-email': email }],
    ['a key alone', { 'x-auth-key': apiKey }],
    ['an empty Authorization', { authorization: '' }],
    ['a session cookie', { cookie: 'vses2=secret' }],
  ])('that are %s are a 400 with 9106, in the shape that Cloudflare gives it', async (_, headers) => {
    const stage = await aStage();

    for (const path of [pathOf('/settings'), pathOf('/hostnames/app.example.com')]) {
      const reply = await stage.ask('GET', path, { headers });

      expect(reply.status).toBe(400);
      expect(reply.headers['x-should-retry']).toBe('false');
      expect(envelopeOf(reply)).toEqual({
        success: false,
        errors: [{ code: 9106, message: 'Missing X-Auth-Key, X-Auth-Email or Authorization headers' }],
      });
    }
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it.each([
    ['Basic', { authorization: 'Basic dXNlcjpwYXNz' }, 6111],
    ['a token without Bearer', { authorization: token }, 6111],
    ['Bearer without a token', { authorization: 'Bearer' }, 6111],
    ['a token with a space', { authorization: 'Bearer a b' }, 6111],
    ['a token of 2,000 characters', { authorization: `Bearer ${'a'.repeat(2000)}` }, 6111],
    [
      'a malformed token beside a good key',
      { authorization: 'x', 'x-auth-email': email, 'x-auth-key': apiKey },
      6111,
    ],
    ['an e-mail address without @', { 'x-auth-email': 'user', 'x-auth-key': apiKey }, 6102],
    ['a key with spaces', { 'x-auth-email': email, 'x-auth-key': 'a b c' }, 6103],
  ])('that are malformed are a 400 with 6003 and the reason: %s', async (_, headers, reason) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });

    expect(reply.status).toBe(400);
    expect(reply.headers['x-should-retry']).toBe('false');
    expect(envelopeOf(reply)).toEqual({
      success: false,
      errors: [
        {
          code: 6003,
          message: 'Invalid request headers',
          error_chain: [{ code: reason, message: expect.stringContaining('Invalid format for ') }],
        },
      ],
      messages: [],
      result: null,
    });
    expect(await stage.sandbox.calls()).toEqual({});
  });
});

describe('A request body', () => {
  it.each([
    ['not JSON', '{"enabled":true'],
    ['JSON with a comment', '{"enabled":true} // yes'],
    ['not UTF-8', Buffer.from('{"enabled":"\xff"}', 'latin1')],
    ['UTF-16', Buffer.from('{"enabled":true}', 'utf16le')],
    ['nested 17 levels deep', nested(17)],
    ['nested 8,000 levels deep', nested(8000)],
    ['a number beyond doubles', '{"config":[{"hostname":"a.example.com","enabled":1e400}]}'],
    ['a number below them', '{"enabled":-1e400}'],
    ['white space', ' \n'],
    ['NaN', '{"enabled":NaN}'],
  ])('that is %s is a 400 with 99002', async (_, body) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/hostnames'), { headers: jsonType, body });

    await expectRefusal(stage, reply, { status: 400, code: 99002, retry: false });
  });

  it('that is not JSON is not quoted', async () => {
    const stage = await aStage();

    const reply = await stage.ask('POST', pathOf(''), {
      headers: jsonType,
      body: '{"private_key":"c2VjcmV0',
    });

    expect(codeOf(reply)).toBe(99002);
    expect(reply.body.toString()).not.toContain('c2Vj');
  });

  it('nested 16 levels deep goes on', async () => {
    const stage = await aStage();
    await stage.admit(bearer);

    await stage.ask('PUT', pathOf('/settings'), { headers: jsonType, body: nested(16) });

    expect(stage.onlyExchange().body.toString()).toBe(nested(16));
  });

  const tooLarge: [string, string, string, number][] = [
    ['settings', 'PUT', '/settings', 16],
    ['a zone certificate', 'POST', '', 128],
    ['a hostname certificate', 'POST', '/hostnames/certificates', 128],
    ['associations', 'PUT', '/hostnames', 128],
    ['a delete', 'DELETE', `/${emptyZone}`, 16],
  ];

  it.each(tooLarge)('of %s that is too large is a 413 with 99003', async (_, method, path, kibibytes) => {
    const stage = await aStage();
    const body = JSON.stringify({ note: 'x'.repeat(kibibytes * 1024) });
    const lengths = [{}, { 'transfer-encoding': 'chunked' }];

    for (const length of lengths) {
      const reply = await stage.ask(method, pathOf(path), { headers: { ...jsonType, ...length }, body });

      await expectRefusal(stage, reply, { status: 413, code: 99003, retry: false });
    }
  });

  it.each(tooLarge)('of %s that is just not too large goes on', async (_, method, path, kibibytes) => {
    const stage = await aStage();
    const body = JSON.stringify({ note: 'x'.repeat(kibibytes * 1024 - 11) });
    expect(body).toHaveLength(kibibytes * 1024);
    await stage.admit(bearer);

    await stage.ask(method, pathOf(path), { headers: jsonType, body });

    expect(stage.onlyExchange().body.toString()).toBe(body);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/jsonp',
    'json',
  ])('of type %s is a 415 with 99004', async (type) => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), {
      headers: { ...bearer, 'content-type': type },
      body: '{"enabled":true}',
    });

    await expectRefusal(stage, reply, { status: 415, code: 99004, retry: false });
  });

  it('of no type is a 415 with 99004', async () => {
    const stage = await aStage();

    const reply = await stage.ask('PUT', pathOf('/settings'), { body: '{"enabled":true}' });

    await expectRefusal(stage, reply, { status: 415, code: 99004, retry: false });
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset=UTF-8'])(
    'of type %s is taken',
    async (type) => {
      const stage = await aStage();

      const reply = await stage.ask('PUT', pathOf('/settings'), {
        headers: { ...bearer, 'content-type': type },
        body: '{"enabled":true}',
      });

      expect(reply.status).toBe(200);
    },
  );
});

describe('A private key in the certificate field', () => {
  const key = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

  it.each([
    ['alone', () => key],
    ['below the certificate', (pem: string) => pem + key],
    ['above the certificate', (pem: string) => key + pem],
    ['in an array', (pem: string) => [pem, [key]]],
    ['in an object', (pem: string) => ({ leaf: pem, more: { key } })],
    ['as the name of a member', () => ({ [key]: 1 })],
    ['of type EC', () => key.replaceAll('PRIVATE', 'EC PRIVATE')],
    ['encrypted', () => key.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE')],
  ] satisfies [string, (pem: string) => unknown][])('is a 400 with 99001: %s', async (_, mixed) => {
    const stage = await aStage();
    const { certificate, private_key } = await anUpload();

    for (const path of [pathOf(''), pathOf('/hostnames/certificates')]) {
      const reply = await stage.ask('POST', path, { body: { certificate: mixed(certificate), private_key } });

      await expectRefusal(stage, reply, { status: 400, code: 99001, retry: false });
      expect(reply.body.toString()).not.toContain('c2VjcmV0');
    }
  });

  it('is not looked for before the caller has shown a credential', async () => {
    const stage = await aStage();

    const reply = await stage.ask('POST', pathOf(''), { headers: {}, body: { certificate: key } });

    expect(codeOf(reply)).toBe(9106);
  });
});

/** A read and a write, at a gateway in front of this upstream, which first accepts the credential. */
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

describe('An upstream', () => {
  it('that cannot be reached is a 502 with 99020, and says that nothing was changed', async () => {
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
  ])('that %s is a 502 for a read; what became of a write is not known', async (_, bytes) => {
    await using upstream = await startRawUpstream(acceptance, bytes);

    const [read, write] = await readAndWriteAt(upstream.url);

    expect(read.status).toBe(502);
    expect([99020, 99021]).toContain(codeOf(read));
    expect(read.headers['x-should-retry']).toBe('true');
    expectAnswer(write, { status: 504, code: 99032, retry: false, message: operationId });
  });

  it('that interrupts a write with a redirect to itself is asked once', async () => {
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

  it.concurrent('that never answers a read is a 504 with 99022 after 10 s', async () => {
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
  }, 20_000);

  it('that makes a change and then hangs up leaves a 504 with 99032 that names the operation', async () => {
    const stage = await aStage();
    await stage.admit();
    await stage.sandbox.faults({ rules: [{ count: 1, action: { drop: 'after' } }] });

    const write = await stage.ask('PUT', pathOf('/settings'), { body: { enabled: false } });

    expectAnswer(write, { status: 504, code: 99032, retry: false, message: operationId });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.update': 1 });
    const read = await stage.ask('GET', pathOf('/settings'));
    expect(envelopeOf(read).result).toEqual({ enabled: false });
  });

  it('that fails does not show the credential, nor the body', async () => {
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
    'stays true: a %d with %s to %s has x-should-retry %s',
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

describe('X-Request-Id', () => {
  const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it.each(['a', 'req_1.2-3', '0'.repeat(64), 'DEADBEEF-0001'])('is taken over: %s', async (id) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), { headers: { ...bearer, 'x-request-id': id } });

    expect(reply.headers['x-request-id']).toBe(id);
  });

  it.each([
    ['is empty', ''],
    ['is too long', 'a'.repeat(65)],
    ['has a space', 'a b'],
    ['has a tag', '<script>'],
    ['is not ASCII', 'caf\u00e9'],
    ['comes twice', ['a', 'b']],
  ])('is replaced where it %s', async (_, id) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), { headers: { ...bearer, 'x-request-id': id } });

    expect(reply.headers['x-request-id']).toMatch(uuid7);
  });

  it('is another one for every request', async () => {
    const stage = await aStage();

    const replies = [await stage.ask('GET', '/nowhere'), await stage.ask('GET', '/nowhere')];

    expect(new Set(replies.map(({ headers }) => headers['x-request-id'])).size).toBe(2);
  });

  it.each([
    ['a success', 'GET', pathOf('/settings'), {}],
    ["a refusal of Cloudflare's", 'GET', pathOf('/hostnames/unknown.example.com'), {}],
    ['a path that is not there', 'GET', '/nowhere', {}],
    ['a 405', 'PATCH', pathOf('/settings'), {}],
    ['a malformed path', 'GET', pathOf('/%zz'), {}],
    ['an over-long segment', 'GET', pathOf(`/hostnames/${'a'.repeat(5000)}`), {}],
    ['a body that is not JSON', 'PUT', pathOf('/settings'), { body: '{' }],
  ])('is answered with %s', async (_, method, path, options) => {
    const stage = await aStage();

    const reply = await stage.ask(method, path, {
      headers: { ...jsonType, 'x-request-id': 'mine' },
      ...options,
    });

    expect(reply.headers['x-request-id']).toBe('mine');
  });
});

describe('What is not HTTP as it should be', () => {
  const close = 'connection: close\r\n';

  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 99006],
    ['a NUL in the path', `GET /client/v4/\0 HTTP/1.1\r\nhost: x\r\n${close}\r\n`, 400, 99006],
    [
      'two lengths',
      `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
      400,
      99006,
    ],
    [
      'a length and chunks',
      `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      99006,
    ],
    ['headers of 20 KiB', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20 * 1024)}\r\n\r\n`, 431, 99003],
  ])('is answered by an envelope with a request id: %s', async (_, bytes, status, code) => {
    const stage = await aStage();

    const reply = await sendRaw(stage.gateway.url, bytes);

    expect(reply.status).toBe(status);
    const [head = '', body = ''] = reply.text.split('\r\n\r\n');
    expect(envelopeOf({ body: Buffer.from(body) })).toEqual({
      success: false,
      errors: [{ code, message: expect.any(String) }],
      messages: [],
      result: null,
    });
    expect(head).toMatch(/^x-should-retry: false\r?$/m);
    expect(head).toMatch(/^x-request-id: [A-Za-z0-9._-]{1,64}\r?$/m);
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it.concurrent('gets a 408 with 99006 where its headers take more than 5 s', async () => {
    await using stage = await startStage();

    const reply = await sendRaw(stage.gateway.url, 'GET / HTTP/1.1\r\nhost: x\r\nx: ', 10_000);

    expect(reply.status).toBe(408);
    expect(reply.durationMs).toBeGreaterThan(4000);
    expect(reply.text).toContain('99006');
  });
});
