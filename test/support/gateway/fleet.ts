import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initKeyRing } from '../../../src/platform/keys/key-ring.js';
import { eventually } from '../basics/eventually.js';
import { type RunningProcess, startProcess } from './process.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';

/** Gateways, each a process of its own, that share a Redis and a sandbox in which every zone exists. */
export interface Fleet extends AsyncDisposable {
  readonly gateways: readonly RunningProcess[];
  readonly sandbox: RunningSandbox;
  readonly keysFile: string;
}

interface FleetOptions {
  readonly redisUrl: string;
  readonly size?: number;
  /** Of the processes, besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether they can use the Redis, and are waited for until they do. */
  readonly isUsable?: boolean;
}

export async function startFleet({
  redisUrl,
  size = 2,
  environment = {},
  isUsable = true,
}: FleetOptions): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-'));
  const keysFile = join(folder, 'keys.json');
  initKeyRing(keysFile);
  const sandbox = await startSandbox({ anyZone: true });
  const settings = {
    CLOUDFLARE_BASE_URL: sandbox.url,
    REDIS_URL: redisUrl,
    KEYS_FILE: keysFile,
    ...environment,
  };
  const gateways = await Promise.all(Array.from({ length: size }, () => startProcess(settings)));
  if (isUsable) await Promise.all(gateways.map((gateway) => reports(gateway, 'ready')));
  return {
    gateways,
    sandbox,
    keysFile,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
      await sandbox.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Resolves when `/health/ready` says so. */
export function reports(gateway: RunningProcess, status: 'ready' | 'degraded'): Promise<true> {
  return eventually(async () => {
    const answer = (await (await fetch(`${gateway.url}/health/ready`)).json()) as { status: string };
    return answer.status === status || undefined;
  });
}

/** The zone with that number. */
export function zoneId(number: number): string {
  return `b${number.toString(16).padStart(31, '0')}`;
}

export interface Seen {
  readonly enabled: boolean;
  /** What `Cache-Status` says: a hit, or why it was none. */
  readonly how: 'hit' | 'miss' | 'bypass' | 'stale';
  readonly ms: number;
}

export function tokenOf(user: string): string {
  return `sandbox-token-read-write-${user}`;
}

const bearer = (user: string) => `Bearer ${tokenOf(user)}`;

/** The settings of a zone, as one of many users sees them. */
export async function see(gateway: RunningProcess, zone: string, user = 'a'): Promise<Seen> {
  const start = performance.now();
  const response = await fetch(settingsOf(gateway, zone), { headers: { authorization: bearer(user) } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`);
  const ms = performance.now() - start;
  const { result } = JSON.parse(text) as { result: { enabled: boolean } };
  return { enabled: result.enabled, how: howOf(response.headers.get('cache-status') ?? ''), ms };
}

/** Its status. */
export async function set(
  gateway: RunningProcess,
  zone: string,
  enabled: boolean,
  user = 'a',
): Promise<number> {
  const response = await fetch(settingsOf(gateway, zone), {
    method: 'PUT',
    headers: { authorization: bearer(user), 'content-type': 'application/json' },
    body: JSON.stringify({ enabled }),
  });
  await response.text();
  return response.status;
}

function settingsOf({ url }: RunningProcess, zone: string): string {
  return `${url}/client/v4/zones/${zone}/origin_tls_client_auth/settings`;
}

function howOf(cacheStatus: string): Seen['how'] {
  if (cacheStatus.includes('; hit')) return 'hit';
  if (cacheStatus.includes('fwd=miss')) return 'miss';
  return cacheStatus.includes('fwd=bypass') ? 'bypass' : 'stale';
}
