import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { redisUrlSchema } from '../../src/platform/config/redis-url.js';
import { eventually } from '../support/basics/eventually.js';
import { type GatewayOptions, type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { mutate } from '../support/graphql/graphql.js';
import { envelopeOf } from '../support/http/http.js';
import { type Pooler, startPgbouncer } from '../support/postgres/pgbouncer.js';
import { aDatabase, postgresUrl, runSql } from '../support/postgres/postgres.js';
import { freePort } from '../support/redis/redis-binary.js';
import { startCluster, type TestCluster } from '../support/redis/redis-cluster.js';
import { startWatched, type Watched } from '../support/redis/redis-sentinel.js';
import { change } from '../support/redis/redis-stage.js';
import { startRedisProcess, type TestRedis } from '../support/redis/redis.js';
import { seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { makeTlsFiles, type TlsFiles } from '../support/certificates/tls-files.js';

interface Expected {
  /** In the log and the metrics. */
  readonly component: 'redis' | 'audit';
  readonly line: string;
  readonly reason: RegExp;
  readonly code: number;
  readonly graphqlCode: string;
  readonly text: string;
}

const folder = scratchFolder('refusals');
const keys = join(folder, 'keys.json');
let sandbox: RunningSandbox;
beforeAll(async () => {
  initKeyRing(keys);
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox?.close();
  rmSync(folder, { recursive: true });
});

/** Changes over REST and GraphQL, twice: their answers, the lines in the log, and the metric. */
async function expectRefusals(
  settings: Partial<GatewayOptions>,
  { component, line, reason, code, graphqlCode, text }: Expected,
): Promise<void> {
  const lines: { msg?: string; reason?: string }[] = [];
  const log = pino(
    { level: 'info' },
    { write: (text: string) => void lines.push(JSON.parse(text) as object) },
  );
  const gateway = await startGateway({ upstream: sandbox.url, KEYS_FILE: keys, log, ...settings });
  try {
    const away = () => lines.filter(({ msg, reason: why = '' }) => msg === line && reason.test(why));
    await eventually(() => away()[0]);
    const before = await sandbox.calls();
    for (let turn = 0; turn < 2; turn += 1) {
      const [reply, mutation] = await Promise.all([
        change(gateway),
        mutate(gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }),
      ]);
      const { status, headers } = reply;
      const [error] = envelopeOf(reply).errors;
      expect([status, error?.code, error?.message]).toEqual([503, code, text]);
      expect([headers['x-should-retry'], headers['retry-after']]).toEqual(['false', undefined]);
      expect([mutation.errors[0]?.extensions.code, mutation.errors[0]?.message]).toEqual([graphqlCode, text]);
    }
    expect((await sandbox.calls())['settings.update']).toBe(before['settings.update']);
    expect(away()).toHaveLength(1);
    expect(await usable(gateway, component)).toBe(0);
  } finally {
    await gateway.close();
  }
}

async function usable({ metricsUrl }: RunningGateway, component: string): Promise<number | undefined> {
  const text = await (await fetch(metricsUrl)).text();
  const value = new RegExp(`^component_usable{component="${component}"} (\\d)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

describe('Changes with a REDIS_URL that no retry repairs', () => {
  let redis: TestRedis;
  let watched: Watched;
  let cluster: TestCluster;
  let files: TlsFiles;
  let tlsPort: number;
  beforeAll(async () => {
    files = await makeTlsFiles();
    tlsPort = await freePort();
    redis = await startRedisProcess({
      'tls-cert-file': files.certificate,
      'tls-key-file': files.key,
      'tls-ca-cert-file': files.ca,
      'tls-auth-clients': 'no',
      'tls-port': String(tlsPort),
    });
    [watched, cluster] = await Promise.all([startWatched(), startCluster()]);
    await redis.run('ACL', 'SETUSER', 'reader', 'on', '>pw', '~og:*', '+@all', '-zadd');
    await redis.run('ACL', 'SETUSER', 'former', 'off', '>pw', '~og:*', '+@all');
  }, 60_000);
  afterAll(async () => {
    await redis?.close();
    await watched?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    files?.remove();
  });

  it.concurrent.each([
    ['an unknown database', () => `${redis.url}/99`, /no such database/],
    ['a replica', () => `redis://127.0.0.1:${watched.replica.port}`, /readonly: a replica/],
    ['a user without rights', () => `redis://reader:pw@127.0.0.1:${redis.port}`, /noperm/],
    ['a user with another password', () => `redis://reader:other@127.0.0.1:${redis.port}`, /wrongpass/],
    ['a node of a cluster', () => `redis://127.0.0.1:${cluster.nodes[0]!.port}`, /node of a cluster/],
    ['a server with an unknown CA', () => `rediss://127.0.0.1:${tlsPort}`, /CERT|VERIFY/],
    ['a disabled user', () => `redis://former:pw@127.0.0.1:${redis.port}`, /wrongpass/],
    ['a sentinel', () => `redis://127.0.0.1:${watched.sentinel.port}`, /it is a sentinel/],
  ])(
    'REST and GraphQL refuse a change, without a retry, where REDIS_URL names %s',
    async (_, urlOf, reason) => {
      await expectRefusals(
        { REDIS_URL: redisUrlSchema.parse(urlOf()) },
        {
          component: 'redis',
          line: 'redis away',
          reason,
          code: 99030,
          graphqlCode: 'CACHE_FENCE_UNAVAILABLE',
          text: 'The cache cannot be told of a change until its settings are mended, so nothing was sent. /health/ready says why.',
        },
      );
    },
  );
});

describe('Changes with an AUDIT_URL that no retry repairs', () => {
  let server: { url: string; close: () => Promise<void> };
  let database: { url: string; drop: () => Promise<void> };
  let pooler: Pooler;
  beforeAll(async () => {
    server = await postgresUrl();
    database = await aDatabase(server.url);
    pooler = await startPgbouncer(database.url, { pool_mode: 'statement' });
    const role = `${databaseName()}_stranger`;
    await runSql(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'pass-of-a-stranger'`);
  }, 600_000);
  afterAll(async () => {
    await pooler?.[Symbol.asyncDispose]();
    await database?.drop();
    await server?.close();
  });
  const databaseName = () => new URL(database.url).pathname.slice(1);
  const changed = (change: Partial<URL>) => Object.assign(new URL(database.url), change).href;

  it.concurrent.each([
    ['a user with another password', () => changed({ password: 'other' }), /password is refused/],
    ['a pooler in statement mode', () => pooler.url, /statement pooling/],
    ['an unknown database', () => changed({ pathname: '/nosuch' }), /no such database/],
    [
      'a role that may not create tables',
      () => changed({ username: `${databaseName()}_stranger`, password: 'pass-of-a-stranger' }),
      /privilege|may not make/,
    ],
    ['a server without TLS and sslmode=require', () => changed({ search: '?sslmode=require' }), /TLS/],
  ])(
    'REST and GraphQL refuse a change, without a retry, where AUDIT_URL names %s',
    async (_, urlOf, reason) => {
      await expectRefusals(
        { AUDIT_URL: auditUrlSchema.parse(urlOf()) },
        {
          component: 'audit',
          line: 'audit store away',
          reason,
          code: 99031,
          graphqlCode: 'AUDIT_UNAVAILABLE',
          text: 'The audit log cannot be written until its settings are mended, so nothing was sent. /health/ready says why.',
        },
      );
    },
  );
});
