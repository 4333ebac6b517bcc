import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway/gateway.js';
import { call, codeOf } from '../support/http/http.js';
import {
  apiKey,
  aUseOf,
  bearer,
  email,
  operationNames,
  pathOf,
  seededZone,
} from '../support/http/requests.js';
import { sharedStage, startStage, type Stage } from '../support/gateway/stage.js';
import { startUpstream } from '../support/upstream/upstream.js';

const aStage = sharedStage();

const userAgent = expect.stringMatching(/^origin-pulls-gateway\/\d+\.\d+\.\d+/) as unknown as string;

/** The header by which the gateway detects a loop. */
const via = expect.stringMatching(/^1\.1 origin-pulls-gateway-[\da-f]{16}$/) as unknown as string;
const json = { 'content-type': 'application/json' };

/** What an SDK, a browser and a proxy may put on a request, none of which Cloudflare needs. */
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

describe('Requests to Cloudflare', () => {
  it.each(operationNames)('A request for %s has the expected headers and no others', async (name) => {
    const stage = await aStage();
    const { method, path, body } = await aUseOf(name);
    await stage.admit();

    await stage.ask(method, path, { body, headers: { ...noise, ...stage.bearer, ...json } });

    const sent = stage.onlyExchange();
    expect(sent.headers).toEqual({
      host: hostOf(stage),
      connection: method === 'GET' ? 'keep-alive' : 'close',
      'user-agent': userAgent,
      accept: 'application/json',
      ...stage.bearer,
      'api-version': '2026-01-01',
      via,
      ...(body !== undefined && { ...json, 'content-length': String(sent.body.length) }),
    });
    expect(sent.method).toBe(method);
    expect(sent.url).toBe(`/client/v4${path}`);
  });

  it('Of a token, an e-mail and a key, only the token is sent', async () => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { ...stage.bearer, 'x-auth-email': email, 'x-auth-key': apiKey },
    });

    expect(reply.status).toBe(200);
    const { headers } = stage.onlyExchange();
    expect(headers['authorization']).toBe(stage.bearer.authorization);
    expect(Object.keys(headers).filter((each) => each.startsWith('x-'))).toEqual([]);
  });

  it('A wrong token is sent even with a correct e-mail and key', async () => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), {
      headers: { authorization: 'Bearer wrong', 'x-auth-email': email, 'x-auth-key': apiKey },
    });

    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
  });

  it('Without a token, e-mail and key are sent', async () => {
    const stage = await aStage();

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

  it('A hostname list sends each page, per_page and status, and no other parameter', async () => {
    const stage = await aStage();

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

  it('A query parameter keeps its value, with special characters', async () => {
    const stage = await aStage();

    await stage.ask('GET', pathOf('/hostnames?page=&status=%26page%3D9%23%0d%0a%C3%BC%20+x'));

    const { searchParams } = new URL(stage.onlyExchange().url, stage.recorder.url);
    expect([...searchParams]).toEqual([
      ['page', ''],
      ['status', '&page=9#\r\nü  x'],
    ]);
  });

  it.each(operationNames.filter((name) => name !== 'hostname.list'))(
    'A request for %s has no query',
    async (name) => {
      const stage = await aStage();
      const { method, path, body } = await aUseOf(name);
      await stage.admit();

      await stage.ask(method, `${path}?page=1&per_page=2&status=all&x=y`, { body });

      expect(stage.onlyExchange().url).toBe(`/client/v4${path}`);
    },
  );

  it('A read has no body, even where the client sent one', async () => {
    const stage = await aStage();

    const reply = await stage.ask('GET', pathOf('/settings'), { body: { enabled: false } });

    expect(reply.status).toBe(200);
    const { body, headers } = stage.onlyExchange();
    expect(body).toHaveLength(0);
    expect(headers).not.toHaveProperty('content-type');
  });

  it('A delete without a body has neither body nor Content-Type', async () => {
    const stage = await aStage();
    const { path } = await aUseOf('hostname_certificate.delete');
    await stage.admit();

    const reply = await stage.ask('DELETE', path, { headers: { ...stage.bearer, ...json } });

    expect(reply.status).toBe(200);
    const { body, headers } = stage.onlyExchange();
    expect(body).toHaveLength(0);
    expect(headers).not.toHaveProperty('content-type');
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('transfer-encoding');
  });

  it('A delete with a body is sent with that body', async () => {
    const stage = await aStage();
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
  ])('The hostname %s is sent as %s', async (asked, sent) => {
    const stage = await aStage();

    await stage.ask('GET', pathOf(`/hostnames/${asked}`));

    expect(stage.onlyExchange().url).toBe(`/client/v4${pathOf(`/hostnames/${sent}`)}`);
  });

  it('A certificate id keeps its form and its case', async () => {
    const stage = await aStage();
    const ids = [
      '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
      '2458CE5A-0C35-4C7F-82C7-8E9487D3FF60',
      seededZone,
      seededZone.toUpperCase(),
    ];

    for (const id of ids) await stage.ask('GET', pathOf(`/hostnames/certificates/${id}`));

    expect(stage.recorder.exchanges.map(({ url }) => url.split('/').at(-1))).toEqual(ids);
  });

  it('Reads share a connection, and each change has a new one', async () => {
    await using stage = await startStage();

    for (const name of operationNames) {
      const { method, path, body } = await aUseOf(name);
      await stage.ask(method, path, { body });
    }

    const { exchanges } = stage.recorder;
    expect(exchanges).toHaveLength(15);
    const connectionsOf = (isRead: boolean) =>
      new Set(
        exchanges.filter(({ method }) => (method === 'GET') === isRead).map(({ connection }) => connection),
      );
    expect(connectionsOf(true).size).toBe(1);
    expect(connectionsOf(false).size).toBe(7);
    expect(new Set(exchanges.map(({ connection }) => connection)).size).toBe(8);
  });

  it('A path in CLOUDFLARE_BASE_URL is kept', async () => {
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
