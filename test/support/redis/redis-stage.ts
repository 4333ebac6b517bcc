import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxSettings } from '../../../sandbox/settings.js';
import { initKeyRing } from '../../../src/platform/keys/key-ring.js';
import { redisUrlSchema } from '../../../src/platform/config/redis-url.js';
import { longLifetimes } from '../cache/caching.js';
import { eventually } from '../basics/eventually.js';
import { type GatewayOptions, type RunningGateway, startGateway } from '../gateway/gateway.js';
import { call, type Reply } from '../http/http.js';
import { type End } from './redis-faults.js';
import { startRedis, type TestRedis } from './redis.js';
import { bearer, pathOf, seededZone } from '../http/requests.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';

export interface RedisStage extends AsyncDisposable {
  readonly redis: TestRedis;
  readonly sandbox: RunningSandbox;
  /** Without a Redis, and with nothing kept: what a read answers then, and takes. */
  readonly plain: RunningGateway;
  start(settings?: Partial<GatewayOptions>, url?: string): Promise<RunningGateway>;
  /** Resolves to what ends it; it ends with the stage at the latest. */
  cause(fault: (redis: TestRedis) => Promise<End>): Promise<End>;
  /** Ends those that have not ended. */
  endFaults(): Promise<void>;
  /** As it was at first: an empty Redis and a new sandbox. */
  reset(): Promise<void>;
}

export const upstreamTakesMs = 20;

/** Gateways → sandbox, with a Redis of their own to break. */
export async function startRedisStage(settings: Partial<SandboxSettings> = {}): Promise<RedisStage> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-stage-'));
  const keys = join(folder, 'keys.json');
  initKeyRing(keys);
  const sandbox = await startSandbox(settings);
  const reset = async () => {
    await sandbox.reset();
    await sandbox.faults({ latencyMs: upstreamTakesMs });
  };
  await reset();
  const plain = await startGateway({ upstream: sandbox.url });
  const redis = await startRedis();
  const gateways = [plain];
  const ends: End[] = [];
  const endFaults = async () => {
    await Promise.allSettled(ends.splice(0).map((end) => end()));
  };
  return {
    redis,
    sandbox,
    plain,
    start: async (settings = {}, url = redis.url) => {
      const shared = { REDIS_URL: redisUrlSchema.parse(url), KEYS_FILE: keys, ...longLifetimes };
      const gateway = await startGateway({ upstream: sandbox.url, ...shared, ...settings });
      gateways.push(gateway);
      return gateway;
    },
    cause: async (fault) => {
      const end = await fault(redis);
      ends.push(end);
      return end;
    },
    endFaults,
    reset: async () => {
      await reset();
      await redis.flushall();
    },
    [Symbol.asyncDispose]: async () => {
      await endFaults();
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await redis.close();
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface TimedReply extends Reply {
  readonly tookMs: number;
  readonly isHit: boolean;
}

export async function timedRead(
  { base }: RunningGateway,
  path: string,
  headers = bearer,
): Promise<TimedReply> {
  const askedAt = performance.now();
  const reply = await call(base + pathOf(path), 'GET', { headers });
  const isHit = String(reply.headers['cache-status']).includes('; hit');
  return { ...reply, tookMs: performance.now() - askedAt, isHit };
}

/** Sets what is set already. */
export function change({ base }: RunningGateway, zone = seededZone): Promise<Reply> {
  return call(base + pathOf('/settings', zone), 'PUT', { headers: bearer, body: { enabled: true } });
}

export async function readiness({ url }: RunningGateway): Promise<{ code: number; status: string }> {
  const { status, body } = await call(`${url}/health/ready`, 'GET');
  return { code: status, ...(JSON.parse(body.toString()) as { status: string }) };
}

/** Resolves when it says so. */
export async function says(gateway: RunningGateway, status: 'ready' | 'degraded'): Promise<void> {
  await eventually(async () => (await readiness(gateway)).status === status || undefined);
}

/** How long until what is kept is shown again. */
export async function backAfterMs(gateway: RunningGateway): Promise<number> {
  const endedAt = performance.now();
  await eventually(async () => (await timedRead(gateway, '/settings')).isHit || undefined);
  return performance.now() - endedAt;
}

/** The smallest that so large a part of them does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? NaN;
}
