import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keptMemory } from '../../src/gateway/cache/store/kept-memory.js';
import { aPlace, aRedisStore, cachedAt, lead, type RedisStore } from '../support/cache/cache-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { type Fleet, reports, see, set, startFleet, zoneId } from '../support/gateway/fleet.js';
import { freePort } from '../support/redis/redis-binary.js';
import { startCluster } from '../support/redis/redis-cluster.js';
import { redisWindows } from '../support/redis/redis-windows.js';
import { startRedisProcess, startSentinelProcess, type TestRedis } from '../support/redis/redis.js';
import { makeTlsFiles, type TlsFiles } from '../support/certificates/tls-files.js';

/** What the documentation says that the gateway's user needs. */
const [rule = ''] = /ACL SETUSER gateway [^\n]*\n[^\n]*/.exec(readFileSync('docs/redis.md', 'utf8')) ?? [];
const commands = [...rule.matchAll(/\+([a-z]+)/g)].map(([, command = '']) => command);
const clusterCommands = ['cluster|slots', 'cluster|info', 'client|setname'];
const sentinelCommands = ['sentinel|get-master-addr-by-name', 'sentinel|sentinels', 'subscribe'];

// The characters that a URL has a meaning for.
const password = 'data/4f1b:9c@';
const sentinelPassword = 'watch&77=d0+1';
const login = `gateway:${encodeURIComponent(password)}`;
const sentinelLogin = `watch:${encodeURIComponent(sentinelPassword)}`;

const allowing = (names: readonly string[]) => names.map((name) => `+${name}`);
const user = ['gateway', 'on', `>${password}`, '~og:*', ...allowing(commands)];

interface Servers extends AsyncDisposable {
  readonly redis: TestRedis;
  readonly sentinel: TestRedis;
  readonly url: (as?: string) => string;
  readonly sentinelUrl: (as?: string) => string;
}

// A test has servers of its own: it reads their ACL LOG.
describe('A Redis with TLS and passwords', () => {
  let files: TlsFiles;
  beforeAll(async () => {
    files = await makeTlsFiles();
  });
  afterAll(() => files?.remove());

  async function startServers(): Promise<Servers> {
    const [tlsPort, sentinelTlsPort] = [await freePort(), await freePort()];
    // The test itself uses the port without TLS.
    const tls = {
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
    };
    const redis = await startRedisProcess({ ...tls, 'tls-port': String(tlsPort) });
    await redis.run('ACL', 'SETUSER', ...user);
    const sentinel = await startSentinelProcess({
      ...tls,
      'tls-port': String(sentinelTlsPort),
      'tls-replication': 'yes',
      'sentinel monitor': `main 127.0.0.1 ${tlsPort} 1`,
    });
    const watcher = ['watch', 'on', `>${sentinelPassword}`, '&+switch-master', ...allowing(sentinelCommands)];
    await sentinel.run('ACL', 'SETUSER', ...watcher);
    // Every other user may only ask for its health.
    await sentinel.run('ACL', 'SETUSER', 'default', '-@all', '+acl', '+ping', '+info');
    return {
      redis,
      sentinel,
      url: (as = login) => `rediss://${as}@127.0.0.1:${tlsPort}`,
      sentinelUrl: (as = sentinelLogin) =>
        `rediss+sentinel://${login}@127.0.0.1:${sentinelTlsPort}/main?sentinel=${as}`,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([sentinel.close(), redis.close()]);
      },
    };
  }
  const start = (redisUrl: string) =>
    startFleet({ redisUrl, size: 1, environment: { NODE_EXTRA_CA_CERTS: files.ca } });

  it.concurrent.each([
    ['a URL of the server', ({ url }: Servers) => url()],
    ['a URL of a sentinel with another password', ({ sentinelUrl }: Servers) => sentinelUrl()],
  ])('The gateway uses Redis by %s, and ACL LOG stays empty', async (_, urlOf) => {
    await using servers = await startServers();
    const { redis, sentinel } = servers;
    await redis.run('ACL', 'LOG', 'RESET');
    await using fleet = await start(urlOf(servers));
    await expectInUse(fleet);
    for (const server of [redis, sentinel]) expect(await deniedAt(server)).toEqual([]);
  });

  it.concurrent('The cache needs each command of the documented ACL rule', async () => {
    await using servers = await startServers();
    const { redis } = servers;
    const store = await aRedisStore(`redis://${login}@127.0.0.1:${redis.port}`, { memory: keptMemory(0) });
    for (const command of commands) {
      await redis.run('ACL', 'SETUSER', 'gateway', `-${command}`);
      await redis.run('ACL', 'LOG', 'RESET');
      await eventually(async () => {
        await redis.run('SCRIPT', 'FLUSH');
        await everything(store);
        return (await deniedAt(redis)).includes(command) || undefined;
      });
      await redis.run('ACL', 'SETUSER', 'gateway', `+${command}`);
    }
    store.close();
  });

  it.concurrent('The limits per caller need no other command than the cache', async () => {
    await using servers = await startServers();
    const { redis } = servers;
    await redis.run('ACL', 'LOG', 'RESET');
    using at = await redisWindows(`redis://${login}@127.0.0.1:${redis.port}`, { most: 2 });
    const takes = [];
    for (let time = 0; time < 3; time += 1) takes.push(await at.windows.take('caller'));
    expect(takes.map(({ isGranted }) => isGranted)).toEqual([true, true, false]);
    expect(await deniedAt(redis)).toEqual([]);
  });

  it.concurrent('The gateway uses a cluster with three more commands, and ACL LOG stays empty', async () => {
    await using cluster = await startCluster();
    for (const node of cluster.nodes) {
      await node.run('ACL', 'SETUSER', ...user, ...allowing(clusterCommands));
    }
    await using fleet = await start(cluster.url.replace('://', `://${login}@`));
    await expectInUse(fleet);
    for (const node of cluster.nodes) expect(await deniedAt(node)).toEqual([]);
  });

  it.concurrent.each([
    ['password', 'wrongpass', ({ url }: Servers) => url('gateway:wrong-5ce1ab')],
    ['password of a sentinel', 'wrongpass', ({ sentinelUrl }: Servers) => sentinelUrl('watch:wrong-5ce1ab')],
    ['CA', 'connection', ({ url }: Servers) => url()],
  ])('With a wrong %s the gateway bypasses Redis and prints no password', async (what, reason, urlOf) => {
    await using servers = await startServers();
    await using fleet = await startFleet({
      redisUrl: urlOf(servers),
      size: 1,
      isUsable: false,
      environment: { LOG_LEVEL: 'trace', ...(what !== 'CA' && { NODE_EXTRA_CA_CERTS: files.ca }) },
    });
    const [gateway] = fleet.gateways;
    await reports(gateway!, 'degraded');
    expect((await see(gateway!, zoneId(1))).how).toBe('bypass');
    expect(await set(gateway!, zoneId(1), true)).toBe(503);
    const health = await (await fetch(`${gateway!.url}/health/ready`)).text();
    expect(health).toContain(`redis: ${reason}`);
    for (const secret of ['wrong-5ce1ab', password, sentinelPassword].flatMap(spellings)) {
      expect(gateway!.output() + health).not.toContain(secret);
    }
  });
});

/** The gateway both caches answers and makes changes. */
async function expectInUse({ gateways: [gateway] }: Fleet): Promise<void> {
  expect(await set(gateway!, zoneId(1), true)).toBe(200);
  // The gateway also reads before the change, to see whether Cloudflare accepts the credential.
  const seen = [await see(gateway!, zoneId(1)), await see(gateway!, zoneId(1))];
  expect(seen.map(({ how }) => how)).toEqual(['miss', 'hit']);
}

/** Runs every script, on every way through it. */
async function everything(store: RedisStore): Promise<void> {
  const [kept, changed, given, forgotten] = [aPlace(), aPlace(), aPlace(), aPlace()];
  const confirm = () => store.confirm([{ ...given, generation: 'other' }]);
  const keep = async () => {
    await store.fill(await lead(store, kept), cachedAt(performance.now(), 'kept'));
    await store.look(kept);
  };
  const change = async () => {
    await store.end(await store.begin(changed.zone));
  };
  const give = async () => {
    const turn = await lead(store, given);
    await store.giveUp(turn);
  };
  // A command that fails is in ACL LOG.
  await Promise.allSettled([keep(), change(), give(), confirm(), store.forget(forgotten.credential)]);
}

/** The commands that the server denied. */
async function deniedAt(redis: TestRedis): Promise<string[]> {
  const log = (await redis.run('ACL', 'LOG')) as unknown[][];
  return log.map((entry) => String(entry[entry.map(String).indexOf('object') + 1]));
}

function spellings(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
}
