import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { type Settings } from './platform/config/settings.js';
import { GatewayAdapter } from './api/http/server/adapter.js';
import { serveDocs } from './api/http/pages/docs.js';
import { type PlaygroundOptions } from './api/http/pages/playground.js';
import { type Logger, nestLogger } from './platform/telemetry/logger.js';

/** The whole application, as production and the tests run it. It does not listen yet. */
export async function createApp(
  settings: Settings,
  log: Logger,
  playground: PlaygroundOptions = {},
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(settings, log, playground),
    new GatewayAdapter(),
    { logger: nestLogger(log), bodyParser: false, abortOnError: false },
  );
  await app.init();
  serveDocs(app, playground.authorization);
  return app;
}
