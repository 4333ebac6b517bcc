import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';

const folder = 'dist/playground/assets';
const files = readdirSync(folder).filter((name) => !/\.(br|gz)$/.test(name));

const decoded = (coding: string | undefined, body: Buffer): Buffer => {
  if (coding === 'br') return brotliDecompressSync(body);
  return coding === 'gzip' ? gunzipSync(body) : body;
};

describe('Files of the playground', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ upstream: 'http://127.0.0.1:9', GRAPHQL_PLAYGROUND: true });
  });
  afterAll(() => gateway?.close());

  const read = (name: string, acceptEncoding?: string, more: Record<string, string> = {}, method = 'GET') => {
    const headers = { ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }), ...more };
    return call(`${gateway.url}/graphql/playground/${name}`, method, { headers });
  };

  it.each([
    ['br', 'br'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['*', 'gzip'],
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['zstd', undefined],
    ['br;q=0, gzip;q=0', undefined],
  ])(
    'Accept-Encoding %j receives each file in coding %s, with the bytes of the build',
    async (acceptEncoding, coding) => {
      expect(files.length).toBeGreaterThan(5);
      for (const name of files) {
        const { status, headers, body } = await read(name, acceptEncoding);
        expect([name, status, headers['content-encoding']]).toEqual([name, 200, coding]);
        expect(decoded(coding, body).equals(readFileSync(`${folder}/${name}`))).toBe(true);
        expect(headers['content-length']).toBe(String(body.length));
        expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
        expect(String(headers.vary).toLowerCase()).toContain('accept-encoding');
      }
    },
  );

  it('A file has the same Content-Type in each coding', async () => {
    for (const name of files) {
      const types = await Promise.all(
        [undefined, 'br', 'gzip'].map(async (coding) => (await read(name, coding)).headers['content-type']),
      );
      expect(new Set(types).size).toBe(1);
      expect(types[0]).not.toMatch(/gzip|brotli|octet/);
    }
  });

  it('A file has its own ETag in each coding, and If-None-Match answers 304', async () => {
    const [name = ''] = files;
    const replies = await Promise.all([undefined, 'br', 'gzip'].map((coding) => read(name, coding)));
    const tags = replies.map(({ headers }) => headers.etag ?? '');
    expect(new Set(tags).size).toBe(3);
    for (const [index, coding] of [undefined, 'br', 'gzip'].entries()) {
      expect((await read(name, coding, { 'if-none-match': tags[index] ?? '' })).status).toBe(304);
      expect((await read(name, coding, { 'if-none-match': tags[(index + 1) % 3] ?? '' })).status).toBe(200);
    }
  });

  it('HEAD has the headers of GET', async () => {
    const [name = ''] = files;
    for (const coding of [undefined, 'br', 'gzip']) {
      const [get, head] = await Promise.all([read(name, coding), read(name, coding, {}, 'HEAD')]);
      expect(head.body).toHaveLength(0);
      for (const header of [
        'content-encoding',
        'content-length',
        'content-type',
        'etag',
        'vary',
        'cache-control',
      ]) {
        expect([header, head.headers[header]]).toEqual([header, get.headers[header]]);
      }
    }
  });
});
