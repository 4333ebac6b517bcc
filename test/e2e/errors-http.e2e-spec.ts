import { describe, expect, it } from '@jest/globals';
import { envelopeOf } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import { jsonType } from '../support/http/refusals.js';

const aStage = sharedStage();

describe('X-Request-Id', () => {
  const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it.each(['a', 'req_1.2-3', '0'.repeat(64), 'DEADBEEF-0001'])(
    'The X-Request-Id %s is adopted',
    async (id) => {
      const stage = await aStage();

      const reply = await stage.ask('GET', pathOf('/settings'), {
        headers: { ...bearer, 'x-request-id': id },
      });

      expect(reply.headers['x-request-id']).toBe(id);
    },
  );

  it.each([
    ['is empty', ''],
    ['is too long', 'a'.repeat(65)],
    ['has a space', 'a b'],
    ['has a tag', '<script>'],
    ['is not ASCII', 'caf\u00e9'],
    ['comes twice', ['a', 'b']],
  ])('An X-Request-Id that %s is replaced by a UUID of version 7', async (_, id) => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), { headers: { ...bearer, 'x-request-id': id } });

    expect(reply.headers['x-request-id']).toMatch(uuid7);
  });

  it('Each request without an X-Request-Id gets another one', async () => {
    const stage = await aStage();

    const replies = [await stage.ask('GET', '/nowhere'), await stage.ask('GET', '/nowhere')];

    expect(new Set(replies.map(({ headers }) => headers['x-request-id'])).size).toBe(2);
  });

  it.each([
    ['A success', 'GET', pathOf('/settings'), {}],
    ['A refusal by Cloudflare', 'GET', pathOf('/hostnames/unknown.example.com'), {}],
    ['An unknown path', 'GET', '/nowhere', {}],
    ['A method that is not allowed', 'PATCH', pathOf('/settings'), {}],
    ['A malformed path', 'GET', pathOf('/%zz'), {}],
    ['A path with a segment that is too long', 'GET', pathOf(`/hostnames/${'a'.repeat(5000)}`), {}],
    ['A body that is not JSON', 'PUT', pathOf('/settings'), { body: '{' }],
  ])('%s is answered with the X-Request-Id of the request', async (_, method, path, options) => {
    const stage = await aStage();

    const reply = await stage.ask(method, path, {
      headers: { ...jsonType, 'x-request-id': 'mine' },
      ...options,
    });

    expect(reply.headers['x-request-id']).toBe('mine');
  });
});

describe('Invalid HTTP', () => {
  const close = 'connection: close\r\n';

  it.each([
    ['A request that is not HTTP', 'hello\r\n\r\n', 400, 99006],
    ['A request with a NUL in the path', `GET /client/v4/\0 HTTP/1.1\r\nhost: x\r\n${close}\r\n`, 400, 99006],
    [
      'A request with two Content-Length headers',
      `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
      400,
      99006,
    ],
    [
      'A request with Content-Length and chunks',
      `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      99006,
    ],
    [
      'A request with headers of 20 KiB',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20 * 1024)}\r\n\r\n`,
      431,
      99003,
    ],
  ])('%s is answered with an envelope and a request id', async (_, bytes, status, code) => {
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

  it.concurrent('Headers that take more than 5 s answer 408 with code 99006', async () => {
    await using stage = await startStage();

    const reply = await sendRaw(stage.gateway.url, 'GET / HTTP/1.1\r\nhost: x\r\nx: ', 10_000);

    expect(reply.status).toBe(408);
    expect(reply.durationMs).toBeGreaterThan(4000);
    expect(reply.text).toContain('99006');
  });
});

describe('Pages and documents', () => {
  const paths = ['/', '/docs', '/openapi.json', '/schema.graphql', '/health/live', '/nowhere'];

  it.each(paths)('%s refuses as an operation does', async (path) => {
    const stage = await aStage();
    const line = `GET ${path} HTTP/1.1\r\n`;

    for (const [bytes, status, code] of [
      [`${line}host: a@b\r\n\r\n`, 400, 99006],
      [`${line}host: x\r\nexpect: x\r\n\r\n`, 417, 99006],
      [
        `${line}host: x\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx`,
        415,
        99004,
      ],
    ] as const) {
      const reply = await sendRaw(stage.gateway.url, bytes);

      const [, body = ''] = reply.text.split('\r\n\r\n');
      const [error] = envelopeOf({ body: Buffer.from(body) }).errors;
      expect({ status: reply.status, code: error?.code }).toEqual({ status, code });
    }
  });
});
