import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readSettings, type Settings } from '../../src/config/settings.js';
import { createLogger, type Logger } from '../../src/logging/logger.js';
import { start } from '../../src/start.js';

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
  readonly app: NestFastifyApplication;
  close(): Promise<void>;
}

/** The production application in this process, on free ports. */
export async function startGateway({
  upstream,
  log = createLogger({ LOG_LEVEL: 'silent' }),
  ...settings
}: GatewayOptions): Promise<RunningGateway> {
  const defaults = readSettings({ PORT: '0', METRICS_PORT: '0', CLOUDFLARE_BASE_URL: upstream });
  const { app, url } = await start({ ...defaults, ...settings }, log);
  return { url, base: `${url}/client/v4`, app, close: () => app.close() };
}
