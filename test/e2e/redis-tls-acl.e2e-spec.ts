import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keptMemory } from '../../src/gateway/cache/store/kept-memory.js';
import { aPlace, aRedisStore, cachedAt, lead, type RedisStore } from '../support/cache/cache-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { type Fleet, reports, see, set, startFleet, zoneId } from '../support/gateway/fleet.js';
import { freePort } from '../support/redis/redis-binary.js';
import { startCluster } from '../support/redis/redis-cluster.js';
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

describe('a gateway on a Redis that wants TLS and passwords', () => {
  let files: TlsFiles;
  let redis: TestRedis;
  let tlsPort: number;
  let sentinel: TestRedis;
  let sentinelTlsPort: number;

  beforeAll(async () => {
    files = await makeTlsFiles();
    [tlsPort, sentinelTlsPort] = [await freePort(), await freePort()];
    // The other port is the test's own.
    const tls = {
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
    };
    redis = await startRedisProcess({ ...tls, 'tls-port': String(tlsPort) });
    await redis.run('ACL', 'SETUSER', ...user);
    sentinel = await startSentinelProcess({
      ...tls,
      'tls-port': String(sentinelTlsPort),
      'tls-replication': 'yes',
      'sentinel monitor': `main 127.0.0.1 ${tlsPort} 1`,
    });
    const watcher = ['watch', 'on', `>${sentinelPassword}`, '&+switch-master', ...allowing(sentinelCommands)];
    await sentinel.run('ACL', 'SETUSER', ...watcher);
    // Nobody else may ask it anything but how it is.
    await sentinel.run('ACL', 'SETUSER', 'default', '-@all', '+acl', '+ping', '+info');
  });
  afterAll(async () => {
    await Promise.all([sentinel?.close(), redis?.close()]);
    files?.remove();
  });

  const url = (as = login) => `rediss://${as}@127.0.0.1:${tlsPort}`;
  const sentinelUrl = (as = sentinelLogin) =>
    `rediss+sentinel://${login}@127.0.0.1:${sentinelTlsPort}/main?sentinel=${as}`;
  const start = (redisUrl: string) =>
    startFleet({ redisUrl, size: 1, environment: { NODE_EXTRA_CA_CERTS: files.ca } });

  it.each([
    ['the server itself', () => url()],
    ['its sentinel, which has a password of its own', () => sentinelUrl()],
  ])('reaches it by %s', async (_, urlOf) => {
    await redis.run('ACL', 'LOG', 'RESET');
    await using fleet = await start(urlOf());
    await expectInUse(fleet);
    for (const server of [redis, sentinel]) expect(await deniedAt(server)).toEqual([]);
  });

  it('needs no right but those on its own keys and to these commands, and each of them', async () => {
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

  it('reaches a cluster with three rights more', async () => {
    await using cluster = await startCluster();
    for (const node of cluster.nodes) {
      await node.run('ACL', 'SETUSER', ...user, ...allowing(clusterCommands));
    }
    await using fleet = await start(cluster.url.replace('://', `://${login}@`));
    await expectInUse(fleet);
    for (const node of cluster.nodes) expect(await deniedAt(node)).toEqual([]);
  });

  it.each([
    ['password', 'wrongpass', () => url('gateway:wrong-5ce1ab')],
    ['password of a sentinel', 'wrongpass', () => sentinelUrl('watch:wrong-5ce1ab')],
    ['authority', 'connection', () => url()],
  ])('does without it where the %s is wrong, and prints no password', async (what, reason, urlOf) => {
    await using fleet = await startFleet({
      redisUrl: urlOf(),
      size: 1,
      isUsable: false,
      environment: { LOG_LEVEL: 'trace', ...(what !== 'authority' && { NODE_EXTRA_CA_CERTS: files.ca }) },
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

/** Both of what a gateway keeps and what it changes. */
async function expectInUse({ gateways: [gateway] }: Fleet): Promise<void> {
  expect(await set(gateway!, zoneId(1), true)).toBe(200);
  // The first was asked for before the change, to see whether the user may make it.
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
  // Whatever fails, the server has said why.
  await Promise.allSettled([keep(), change(), give(), confirm(), store.forget(forgotten.credential)]);
}

/** The commands that somebody was not let run. */
async function deniedAt(redis: TestRedis): Promise<string[]> {
  const log = (await redis.run('ACL', 'LOG')) as unknown[][];
  return log.map((entry) => String(entry[entry.map(String).indexOf('object') + 1]));
}

function spellings(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
}
