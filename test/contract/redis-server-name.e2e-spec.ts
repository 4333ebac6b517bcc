import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, type Socket } from 'node:net';
import {
  createSecureContext,
  createServer,
  getCACertificates,
  type SecureContextOptions,
  type Server,
  setDefaultCACertificates,
} from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { aRedisStoreNotAwaited, type RedisStore } from '../support/cache/cache-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { startRedisProcess, type TestRedis } from '../support/redis/redis.js';
import { makeTlsFiles, type TlsFiles } from '../support/certificates/tls-files.js';

describe('A TLS proxy with several certificates before Redis', () => {
  let redis: TestRedis;
  let files: TlsFiles[];
  let proxy: Server;
  let names: string[] = [];
  const sockets = new Set<Socket>();
  const opened: RedisStore[] = [];
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    redis = await startRedisProcess();
    files = await Promise.all([makeTlsFiles(['cache-b.test']), makeTlsFiles(['localhost'])]);
    const [other, own] = files.map(({ key, certificate }): SecureContextOptions => ({
      key: readFileSync(key),
      cert: readFileSync(certificate),
    }));
    const SNICallback = (
      name: string,
      done: (error: null, context: ReturnType<typeof createSecureContext>) => void,
    ) => {
      names.push(name);
      done(null, createSecureContext(name === 'localhost' ? own : other));
    };
    proxy = createServer({ ...other, SNICallback }, (client) => {
      const server = connect(redis.port, '127.0.0.1');
      for (const socket of [client, server]) sockets.add(socket.on('error', () => socket.destroy()));
      client.pipe(server).pipe(client);
    });
    proxy.on('tlsClientError', () => undefined);
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    setDefaultCACertificates([...trusted, readFileSync(files[1]!.ca, 'utf8')]);
  });
  afterEach(() => {
    opened.splice(0).forEach((store) => store.close());
    names = [];
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    for (const socket of sockets) socket.destroy();
    proxy.close();
    files.forEach((each) => each.remove());
    await redis.close();
  });

  const open = (before: string, after = '') => {
    const store = aRedisStoreNotAwaited(`${before}:${(proxy.address() as AddressInfo).port}${after}`);
    opened.push(store);
    return store;
  };

  // The first: a connection of a store that is closed may still say its name.
  it('The client sends no server name for an address, and reports the code of the certificate', async () => {
    const store = open('rediss://127.0.0.1');
    await eventually(
      () => /connection \(\w*(CERT|SIGN|ISSUER)\w*\)/.test(JSON.stringify(store.health)) || undefined,
    );
    expect(names).toEqual([]);
  });

  it('The client sends the host name of the URL as server name', async () => {
    const store = open('rediss://localhost');
    await eventually(() => store.health.isUsable || undefined);
    expect(new Set(names)).toEqual(new Set(['localhost']));
  });

  it.each([
    ['a node of a cluster', 'rediss+cluster://localhost', ''],
    ['a sentinel', 'rediss+sentinel://localhost', '/main'],
  ])('The client sends the host name of %s as server name', async (_, before, after) => {
    const store = open(before, after);
    await eventually(() => names.includes('localhost') || undefined);
    // The TLS handshake succeeded. The Redis behind it is neither a cluster nor a sentinel.
    await eventually(() => JSON.stringify(store.health).includes('it is no ') || undefined);
  });

  it('The error names a port without TLS', async () => {
    const store = aRedisStoreNotAwaited(`rediss://localhost:${redis.port}`);
    opened.push(store);
    await eventually(
      () =>
        /connection \((ERR_SSL|ECONNRESET|no answer to the TLS)/.test(JSON.stringify(store.health)) ||
        undefined,
    );
  });
});
