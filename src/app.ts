import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuditLog } from './audit/log/audit-log.js';
import { AppModule } from './app.module.js';
import { type Settings } from './config/settings.js';
import { type PlaygroundOptions, servePlayground } from './graphql/playground.js';
import { Readiness } from './health/readiness.js';
import { type Logger, nestLogger } from './logging/logger.js';
import { Connections } from './http/connections.js';
import { requestTimeoutMs } from './http/server.js';
import { Metrics } from './metrics/metrics.js';
import { createAdapter } from './rest/adapter.js';
import { auditDeniedWrites } from './rest/denied-writes.js';
import { applyBodyLimits } from './rest/body-limit.js';
import { RestErrorFilter } from './rest/error.filter.js';
import { jsonBodyOf } from './rest/json-body.js';
import { protectDocs, serveOpenApi } from './rest/openapi-routes.js';
import { prepareRequests } from './rest/prepare-requests.js';
import { logRequests } from './rest/request-log.js';
import { serveRoot } from './rest/root.js';
import { Routes } from './rest/routes.js';
import { Mark } from './upstream/mark.js';

/** The whole application, as production and the tests run it; it does not listen yet. */
export async function createApp(
  settings: Settings,
  log: Logger,
  playground: PlaygroundOptions = {},
): Promise<NestFastifyApplication> {
  const connections = new Connections();
  const adapter = createAdapter(connections);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.for(settings, log), adapter, {
    logger: nestLogger(log),
    bodyParser: false,
    abortOnError: false,
  });
  const fastify = adapter.getInstance();
  // From then on Node looks no more at how long a request takes to arrive.
  fastify.addHook('preClose', (done) => {
    setTimeout(() => connections.closeUnused(), requestTimeoutMs).unref();
    done();
  });
  const routes = new Routes();
  routes.collectFrom(fastify);
  applyBodyLimits(fastify);
  protectDocs(fastify);
  prepareRequests(fastify, app.get(Readiness), connections, app.get(Mark));
  auditDeniedWrites(fastify, app.get(AuditLog));
  logRequests(fastify, log, app.get(Metrics));
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, jsonBodyOf(body));
    } catch (error) {
      done(error as Error);
    }
  });
  app.useGlobalFilters(new RestErrorFilter(routes, log));
  serveRoot(fastify);
  serveOpenApi(app, playground.authorization);
  if (settings.GRAPHQL_PLAYGROUND) await servePlayground(fastify, playground);
  await app.init();
  return app;
}
