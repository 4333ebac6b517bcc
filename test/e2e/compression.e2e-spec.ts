import { randomBytes } from 'node:crypto';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { longLifetimes } from '../support/cache/caching.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call, type Reply } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { startUpstream, type Upstream } from '../support/upstream/upstream.js';

const aCertificate = () => ({
  id: randomBytes(16).toString('hex'),
  certificate: `-----BEGIN CERTIFICATE-----\n${randomBytes(900).toString('base64')}\n-----END CERTIFICATE-----\n`,
  issuer: 'Example',
  status: 'active',
});

const envelope = (result: unknown) => JSON.stringify({ success: true, errors: [], messages: [], result });
const many = envelope(Array.from({ length: 200 }, aCertificate));
const few = envelope([aCertificate()]);

const decoded = ({ headers, body }: Reply): string => {
  if (headers['content-encoding'] === 'br') return brotliDecompressSync(body).toString();
  return headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();
};

describe('Compression', () => {
  let upstream: Upstream;
  let gateway: RunningGateway;
  let accepted: (string | undefined)[] = [];
  beforeAll(async () => {
    upstream = await startUpstream(({ headers, url = '' }, response) => {
      accepted.push(headers['accept-encoding']);
      const body = url.includes('/hostnames/certificates')
        ? few
        : url.includes('/settings')
          ? envelope({})
          : many;
      response.setHeader('content-type', 'application/json').end(body);
    });
    gateway = await startGateway({ upstream: upstream.url, ...longLifetimes });
  });
  afterAll(async () => {
    await gateway?.close();
    await upstream?.[Symbol.asyncDispose]();
  });

  const read = (acceptEncoding?: string, more: Record<string, string> = {}, path = '', method = 'GET') => {
    const headers = {
      ...bearer,
      ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
      ...more,
    };
    return call(gateway.base + pathOf(path), method, { headers });
  };

  it.each([
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.1, gzip', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['gzip;q=0.5, identity;q=0', 'gzip'],
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['zstd', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['*;q=0', undefined],
    ['identity, gzip;q=0.5', undefined],
    [';;,=,"', undefined],
  ])('A large answer to Accept-Encoding %j has Content-Encoding %s', async (acceptEncoding, coding) => {
    const reply = await read(acceptEncoding);
    expect([reply.status, reply.headers['content-encoding']]).toEqual([200, coding]);
    expect(reply.headers['content-length']).toBe(String(reply.body.length));
    expect(reply.headers.vary?.split(', ')).toContain('Accept-Encoding');
    expect(decoded(reply)).toBe(many);
    if (coding) expect(reply.body.length).toBeLessThan(0.8 * many.length);
  });

  it('A large answer has another ETag in each content coding', async () => {
    const codings = [undefined, 'br', 'gzip'];
    const tags = await Promise.all(codings.map(async (coding) => (await read(coding)).headers.etag ?? ''));
    expect(new Set(tags).size).toBe(3);
    for (const [index, coding] of codings.entries()) {
      const replies = tags.map((etag) => read(coding, { 'if-none-match': etag }));
      const statuses = (await Promise.all(replies)).map(({ status }) => status);
      expect(statuses).toEqual(tags.map((_, other) => (other === index ? 304 : 200)));
    }
    const notModified = await read('br', { 'if-none-match': `W/${tags[1]}` });
    expect(notModified).toMatchObject({ status: 304, headers: { etag: tags[1] } });
    expect(notModified.headers['content-encoding']).toBeUndefined();
  });

  it('HEAD of a large answer has the headers of GET, and no body', async () => {
    const [get, head] = await Promise.all([read('br'), read('br', {}, '', 'HEAD')]);
    expect(head.body).toHaveLength(0);
    for (const name of ['content-encoding', 'content-length', 'etag', 'vary']) {
      expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    }
  });

  it('A large answer to a request with no-cache is compressed', async () => {
    const reply = await read('gzip', { 'cache-control': 'no-cache' });
    expect(reply.headers['content-encoding']).toBe('gzip');
    expect(decoded(reply)).toBe(many);
  });

  it('Accept-Encoding of the caller does not change the request to Cloudflare', async () => {
    accepted = [];
    const headers = { 'cache-control': 'no-cache' };
    await Promise.all([read('br', headers), read(undefined, headers, '/hostnames/certificates')]);
    expect(new Set(accepted).size).toBe(1);
  });

  it.each(['/hostnames/certificates', '/settings'])(
    'A small answer of %s is not compressed',
    async (path) => {
      const reply = await read('br, gzip', {}, path);
      expect(reply.headers['content-encoding']).toBeUndefined();
      expect(reply.headers.vary).toContain('Accept-Encoding');
    },
  );

  it('A large answer to a GraphQL query is compressed', async () => {
    const query =
      '{ zone(id: "023e105f4ecef8ad9ca31a8372d0c353") { certificates { id: cloudflareId pem issuer } } }';
    const ask = (acceptEncoding: string) =>
      call(`${gateway.url}/graphql`, 'POST', {
        headers: { ...bearer, 'accept-encoding': acceptEncoding },
        body: { query },
      });
    const [plain, br, gzip] = await Promise.all([ask('identity'), ask('br'), ask('gzip')]);
    expect(JSON.parse(plain.body.toString())).toMatchObject({
      data: { zone: { certificates: expect.any(Array) } },
    });
    expect([br, gzip].map(({ headers }) => headers['content-encoding'])).toEqual(['br', 'gzip']);
    expect([br, gzip].map(decoded)).toEqual([plain.body.toString(), plain.body.toString()]);
    expect(br.headers.vary).toContain('Accept-Encoding');
  });

  it('The errors of an invalid GraphQL query are compressed and have the request id', async () => {
    const query = `{ ${Array.from({ length: 400 }, (_, index) => `unknown${index}: zoneOfWhichThereIsNone${index}`).join(' ')} }`;
    const headers = { ...bearer, 'accept-encoding': 'br', 'x-request-id': 'refused-1' };
    const reply = await call(`${gateway.url}/graphql`, 'POST', { headers, body: { query } });
    expect(reply.headers['content-encoding']).toBe('br');
    const { errors } = JSON.parse(decoded(reply)) as { errors: { extensions: { requestId: string } }[] };
    expect(errors.every(({ extensions }) => extensions.requestId === 'refused-1')).toBe(true);
  });

  it.each(['/openapi.json'])('%s is compressed, and its content does not change', async (path) => {
    const headers = { 'accept-encoding': 'br' };
    const [plain, compressed] = await Promise.all([
      call(gateway.url + path, 'GET'),
      call(gateway.url + path, 'GET', { headers }),
    ]);
    expect(compressed.headers['content-encoding']).toBe('br');
    expect(decoded(compressed)).toBe(plain.body.toString());
  });
});
