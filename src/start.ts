import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { SettingsError, type Settings } from './platform/config/settings.js';
import { serveDocs } from './api/http/pages/docs.js';
import { type PlaygroundOptions } from './api/http/pages/playground.js';
import { Readiness } from './platform/health/readiness.js';
import { GatewayAdapter } from './api/http/server/adapter.js';
import { listeners, listeningProblem } from './api/http/server/listening.js';
import { type Logger, nestLogger } from './platform/telemetry/logger.js';
import { MetricsServer } from './api/http/health/metrics.server.js';

export interface Started {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly metricsUrl: string;
}

/** Builds the application and listens. Throws a SettingsError if a port or an address is not available. */
export async function start(
  settings: Settings,
  log: Logger,
  playground: PlaygroundOptions = {},
): Promise<Started> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings, log, playground),
    new GatewayAdapter(settings),
    { logger: nestLogger(log), bodyParser: false, abortOnError: false },
  );
  await app.init();
  serveDocs(app, playground.credentials?.[0]?.authorization);
  const metricsUrl = await listening(settings, 'METRICS_PORT', app.get(MetricsServer).listen());
  await listening(settings, 'PORT', app.listen(settings.PORT, settings.HOST));
  app.get(Readiness).state = 'ready';
  const url = await app.getUrl();
  log.info({ url, metricsUrl, upstream: settings.CLOUDFLARE_BASE_URL.href, pid: process.pid }, 'listening');
  return { app, url, metricsUrl };
}

/** Another process may have taken the port since it was checked. */
async function listening<T>(settings: Settings, setting: string, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    const names = listeners.find(({ port }) => port === setting);
    const problem = names && listeningProblem(error, names, settings);
    throw problem ? new SettingsError([problem.join(': ')]) : error;
  }
}
