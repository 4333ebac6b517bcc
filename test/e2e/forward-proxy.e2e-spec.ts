import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call } from '../support/http/http.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { makeTlsFiles, type TlsFiles } from '../support/certificates/tls-files.js';
import { accept } from '../support/upstream/upstream.js';

const password = 'pass-of-the-proxy-77ab';

describe('HTTPS_PROXY', () => {
  let files: TlsFiles;
  let gateway: RunningProcess;
  let behaviour: 'tunnel' | 'refuse' | 'hang' | 'close' = 'tunnel';
  const asked: { target: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer();
  const listening = async (
    server: { listen: (port: number, host: string) => unknown } & NodeJS.EventEmitter,
  ) => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  };
  let upstream: ReturnType<typeof createTlsServer>;
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    files = await makeTlsFiles(['api.upstream.test']);
    const tls = { key: readFileSync(files.key), cert: readFileSync(files.certificate) };
    upstream = createTlsServer(tls, (incoming, outgoing) => {
      incoming.resume();
      accept(outgoing);
    });
    proxy.on('connect', (request, client: Socket, head: Buffer) => {
      sockets.add(client.on('error', () => client.destroy()));
      asked.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
      if (behaviour === 'hang') return;
      if (behaviour === 'close') return client.destroy();
      if (behaviour === 'refuse') {
        client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      const out = connect(portOf(upstream), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        out.write(head);
        out.pipe(client).pipe(out);
      });
      sockets.add(out.on('error', () => client.destroy()));
    });
    await Promise.all([listening(proxy), listening(upstream)]);
    gateway = await startProcess({
      CLOUDFLARE_BASE_URL: 'https://api.upstream.test/client/v4',
      https_proxy: `http://user:${password}@127.0.0.1:${portOf(proxy)}`,
      HTTP_PROXY: 'http://127.0.0.1:9',
      NODE_EXTRA_CA_CERTS: files.ca,
      CACHE_TTL_ITEM_SECONDS: '0',
      STALE_IF_ERROR_SECONDS: '0',
    });
  });
  afterAll(async () => {
    await gateway?.stop('SIGKILL');
    for (const socket of sockets) socket.destroy();
    proxy.close();
    upstream?.close();
    files?.remove();
  });

  const url = () => `${gateway.url}/client/v4${pathOf('/settings')}`;
  const read = () => call(url(), 'GET', { headers: bearer });
  const change = () => call(url(), 'PUT', { headers: bearer, body: { enabled: true } });

  it('Reads and changes go through the proxy, which the log names without its password', async () => {
    behaviour = 'tunnel';
    expect([(await read()).status, (await change()).status]).toEqual([200, 200]);
    const basic = `Basic ${Buffer.from(`user:${password}`).toString('base64')}`;
    expect(asked[0]).toEqual({ target: 'api.upstream.test:443', authorization: basic });
    expect(gateway.output()).toContain(`"proxy":"http://127.0.0.1:${portOf(proxy)}"`);
    expect(gateway.output()).not.toContain(password);
  });

  it.each([
    ['refuses', 'refuse', /The proxy of HTTPS_PROXY refused the connection with 407/],
    ['closes', 'close', /The proxy of HTTPS_PROXY closed the connection/],
  ] as const)('A change answers 502, and names the proxy that %s the connection', async (_, how, words) => {
    behaviour = 'tunnel';
    await read();
    behaviour = how;
    const changed = await change();
    expect(changed.status).toBe(502);
    expect(changed.body.toString()).toMatch(words);
    expect(changed.body.toString()).toContain('Nothing was changed.');
    expect(changed.body.toString()).toContain('99020');
  });

  it('A change answers 502, and names the proxy that does not answer in time', async () => {
    behaviour = 'tunnel';
    await read();
    behaviour = 'hang';
    const changed = await change();
    expect(changed.status).toBe(502);
    expect(changed.body.toString()).toMatch(/The proxy of HTTPS_PROXY did not answer in time/);
  }, 40_000);

  it('A change answers 502, and names the proxy that cannot be reached', async () => {
    behaviour = 'tunnel';
    await read();
    proxy.close();
    for (const socket of sockets) socket.destroy();
    const changed = await change();
    expect(changed.status).toBe(502);
    expect(changed.body.toString()).toMatch(/The proxy of HTTPS_PROXY could not be reached \(ECONNREFUSED\)/);
    expect(gateway.output()).not.toContain(password);
  });
});
