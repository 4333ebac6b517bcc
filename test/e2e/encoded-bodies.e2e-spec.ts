import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { sharedStage } from '../support/gateway/stage.js';
import { call, codeOf } from '../support/http/http.js';
import { sendRaw } from '../support/http/raw.js';
import { pathOf } from '../support/http/requests.js';

const aStage = sharedStage();
const change = '{"enabled":true}';
const query = '{"query":"{ __typename }"}';
const typename = { data: { __typename: 'Query' } };

describe('Request bodies with a content encoding', () => {
  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['identity, gzip', gzipSync],
    ['made-up', (body: string) => Buffer.from(body)],
  ])('A body with Content-Encoding: %s gets 415 over REST and GraphQL', async (encoding, encode) => {
    const stage = await aStage();
    for (const framing of [{}, { 'transfer-encoding': 'chunked' }]) {
      const headers = {
        ...stage.bearer,
        ...framing,
        'content-type': 'application/json',
        'content-encoding': encoding,
      };
      const rest = await stage.ask('PUT', pathOf('/settings'), { headers, body: encode(change) });
      expect([rest.status, codeOf(rest)]).toEqual([415, 99004]);
      expect(rest.body.toString()).toContain('content encoding');
      const graphql = await call(`${stage.gateway.url}/graphql`, 'POST', { headers, body: encode(query) });
      expect(graphql.status).toBe(415);
      expect(JSON.parse(graphql.body.toString())).toEqual({
        errors: [
          {
            message: expect.stringContaining('content encoding'),
            extensions: { code: 'INVALID_INPUT', requestId: expect.any(String) },
          },
        ],
      });
      for (const reply of [rest, graphql])
        expect(reply.headers).toMatchObject({
          'accept-encoding': 'identity',
          'x-request-id': expect.any(String),
        });
    }
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it('A connection is used again after a compressed body was refused', async () => {
    const stage = await aStage();
    const compressed = gzipSync(query);
    const head = (length: number, more = '') =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
    const { text } = await sendRaw(
      stage.gateway.url,
      Buffer.concat([
        Buffer.from(head(compressed.length, 'Content-Encoding: gzip\r\n')),
        compressed,
        Buffer.from(head(query.length, 'Connection: close\r\n') + query),
      ]),
    );
    expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200']);
  });

  it.each(['identity', 'IDENTITY', ''])('A body with Content-Encoding: "%s" is taken', async (encoding) => {
    const stage = await aStage();
    await stage.admit();
    const headers = { ...stage.bearer, 'content-type': 'application/json', 'content-encoding': encoding };
    expect((await stage.ask('PUT', pathOf('/settings'), { headers, body: change })).status).toBe(200);
    const graphql = await call(`${stage.gateway.url}/graphql`, 'POST', { headers, body: query });
    expect(JSON.parse(graphql.body.toString())).toEqual(typename);
  });

  it('A request without a body is answered whatever Content-Encoding it has', async () => {
    const stage = await aStage();
    const headers = { ...stage.bearer, 'content-encoding': 'gzip' };
    for (const method of ['GET', 'HEAD'])
      expect((await stage.ask(method, pathOf('/settings'), { headers })).status).toBe(200);
  });
});
