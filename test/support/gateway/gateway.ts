import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, type Settings } from '../../../src/platform/config/settings.js';
import { createLogger, type Logger } from '../../../src/platform/telemetry/logger.js';
import { start } from '../../../src/start.js';
import { call, type CallOptions } from '../http/http.js';
import { bearer, pathOf } from '../http/requests.js';
import { scratchFolder } from '../basics/scratch.js';

export interface GatewayOptions extends Partial<Settings> {
  /** The base URL that stands for Cloudflare's. */
  readonly upstream: string;
  /** Silent without one. */
  readonly log?: Logger;
}

export interface RunningGateway {
  /** The origin it listens on. */
  readonly url: string;
  /** What an SDK is given as its base URL. */
  readonly base: string;
  readonly metricsUrl: string;
  readonly app: NestFastifyApplication;
  /** As whom it is asked, where it is not the usual one. */
  readonly bearer?: { readonly authorization: string };
  close(): Promise<void>;
}

/** The production application in this process, on free ports. */
export async function startGateway({
  upstream,
  log = createLogger({ LOG_LEVEL: 'silent' }),
  ...settings
}: GatewayOptions): Promise<RunningGateway> {
  const folder = scratchFolder('gateway');
  const defaults = readSettings({
    AUDIT_URL: `file:${join(folder, 'audit.db')}`,
    KEYS_FILE: join(folder, 'keys.json'),
    PORT: '0',
    METRICS_PORT: '0',
    CLOUDFLARE_BASE_URL: upstream,
    // Each test sees what upstream answers it; those about the cache ask for one.
    CACHE_TTL_LIST_SECONDS: '0',
    CACHE_TTL_ITEM_SECONDS: '0',
    CACHE_TTL_PENDING_SECONDS: '0',
    CACHE_TTL_NOT_FOUND_SECONDS: '0',
  });
  const { app, url, metricsUrl } = await start({ ...defaults, ...settings }, log);
  const close = async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, base: `${url}/client/v4`, metricsUrl, app, close };
}

/**
 * A change needs that Cloudflare has accepted its credential for a read of the seeded zone within the last 30 s, which needs the
 * same permission. This is that read, so that what comes next is the change itself.
 */
export async function admitAt(
  { base }: RunningGateway,
  headers: CallOptions['headers'] = bearer,
  path = pathOf('/settings'),
): Promise<void> {
  const { status, body } = await call(base + path, 'GET', { headers });
  if (status !== 200) throw new Error(`Not admitted: ${status} ${body.toString()}`);
}
