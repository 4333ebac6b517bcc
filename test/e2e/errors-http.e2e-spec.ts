import { describe, expect, it } from '@jest/globals';
import { envelopeOf } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import { jsonType } from '../support/http/refusals.js';

const aStage = sharedStage();

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
