import { type IncomingMessage } from 'node:http';
import { type DynamicModule, Inject, Module, type NestModule } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, ModuleRef } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { type FastifyInstance } from 'fastify';
import { AccessModule } from '../../gateway/access/access.module.js';
import { Identification } from '../../gateway/access/identification.js';
import { AuditLog } from '../../gateway/audit/log/audit-log.js';
import { AuditModule } from '../../gateway/audit/audit.module.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Load } from '../../platform/load/load.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { Readiness } from '../../platform/health/readiness.js';
import { LimitsModule } from '../../gateway/limits/limits.module.js';
import { RequestLimit } from '../../gateway/limits/request-limit.js';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { DocumentsModule } from '../graphql/documents/documents.module.js';
import { DirectOperations } from '../graphql/early/direct-operations.js';
import { EarlyOperations } from '../graphql/early/early-operations.js';
import { KeptReads } from '../rest/kept-reads.js';
import { RequestLog } from './entrance/request-log.js';
import { auditDeniedWrites } from '../rest/denied-writes.js';
import { Mark } from '../../gateway/upstream/mark.js';
import { UpstreamModule } from '../../gateway/upstream/upstream.module.js';
import { type GatewayAdapter } from './server/adapter.js';
import { applyBodyLimits } from './body-limit.js';
import { protectDocs } from './pages/docs.js';
import { RestErrorFilter } from './server/error.filter.js';
import { completeGraphQLRoute } from './graphql-route.js';
import { HealthController } from './health/health.controller.js';
import {
  addRequestIdToErrors,
  compressLargeAnswers,
  setCacheControl,
  setRateLimit,
} from './hooks/answers.js';
import { closeUnusedConnections, closeWhileDraining } from './hooks/closing.js';
import { answerPreflights } from './hooks/preflights.js';
import { hasEncodedBody, refuseEncodedBodies, refuseLoops, refuseOverload } from './hooks/refusals.js';
import { refuseExcess } from './hooks/excess.js';
import { requireIdentity } from './hooks/identities.js';
import { addRequestContext, requestContext } from './hooks/request-context.js';
import { isOfApi } from './hooks/route-rules.js';
import { refuseAmbiguousFraming, requestProblem } from './hooks/request-framing.js';
import { parseJsonBodies } from './parse-json-bodies.js';
import { MetricsServer } from './health/metrics.server.js';
import { servePageOfGraphQL } from './pages/graphql-page.js';
import { noPlayground } from './pages/no-playground.js';
import { type PlaygroundOptions, servePlayground } from './pages/playground.js';
import { serveRoot } from './pages/root.js';
import { serveSchema } from './pages/schema.js';
import { Routes } from './server/routes.js';

const PLAYGROUND = Symbol('playground options');

/** The HTTP server around both faces: hooks, body parser, error filter, health, metrics, and the pages for browsers. */
@Module({
  imports: [AccessModule, AuditModule, DocumentsModule, LimitsModule, PipelineModule, UpstreamModule],
  controllers: [HealthController],
  providers: [
    KeptReads,
    MetricsServer,
    RequestLog,
    Routes,
    EarlyOperations,
    DirectOperations,
    RestErrorFilter,
    { provide: APP_FILTER, useExisting: RestErrorFilter },
  ],
})
export class HttpModule implements NestModule {
  static forRoot(playground: PlaygroundOptions): DynamicModule {
    return { module: HttpModule, providers: [{ provide: PLAYGROUND, useValue: playground }] };
  }

  constructor(
    private readonly host: HttpAdapterHost<GatewayAdapter>,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(PLAYGROUND) private readonly playground: PlaygroundOptions,
    private readonly identification: Identification,
    private readonly requests: RequestLimit,
    private readonly audit: AuditLog,
    private readonly keptReads: KeptReads,
    private readonly load: Load,
    private readonly log: RequestLog,
    private readonly metrics: Metrics,
    private readonly mark: Mark,
    private readonly readiness: Readiness,
    private readonly routes: Routes,
    private readonly earlyOperations: EarlyOperations,
    private readonly errors: RestErrorFilter,
    private readonly modules: ModuleRef,
  ) {}

  /** Nest calls this before it registers the first route, which `onRoute` hooks need. */
  async configure(): Promise<void> {
    const adapter = this.host.httpAdapter;
    const fastify = adapter.getInstance();
    // Fastify runs hooks of one kind in the order in which they are added.
    fastify
      .decorateRequest('ctx', requestContext)
      .addHook('onRoute', completeGraphQLRoute)
      .addHook('onRoute', this.routes.collect)
      .addHook('onRoute', applyBodyLimits)
      .addHook('onRoute', this.errors.handleErrorsOfRoute)
      .addHook('onRequest', addRequestContext)
      .addHook('onRequest', refuseAmbiguousFraming)
      .addHook('onRequest', refuseLoops(this.mark))
      .addHook('onRequest', refuseOverload(adapter.connections, this.metrics))
      .addHook('onRequest', requireIdentity(this.identification, this.audit))
      .addHook('onRequest', refuseExcess(this.requests))
      .addHook('onRequest', refuseEncodedBodies)
      .addHook('onSend', setCacheControl)
      .addHook('onSend', setRateLimit)
      .addHook('onSend', closeWhileDraining(this.readiness))
      .addHook('onSend', protectDocs)
      .addHook('onSend', addRequestIdToErrors)
      .addHook('onSend', this.keptReads.remember)
      .addHook('onSend', compressLargeAnswers)
      .addHook('onSend', auditDeniedWrites(this.audit))
      .addHook('preClose', closeUnusedConnections(adapter.connections));
    adapter.entrance.open({
      identification: this.identification,
      log: this.log,
      load: this.load,
      early: [this.keptReads, this.earlyOperations],
      isOrdinary: (request) => this.isOrdinary(request),
      isAdmitted: (request) => this.isAdmitted(request),
    });
    parseJsonBodies(adapter);
    await answerPreflights(fastify, this.settings.CORS_ORIGINS, this.routes);
    await this.servePages(fastify);
  }

  private async servePages(fastify: FastifyInstance): Promise<void> {
    const { GRAPHQL_INTROSPECTION: hasSchema, GRAPHQL_PLAYGROUND: hasPlayground } = this.settings;
    serveRoot(fastify, hasSchema);
    if (hasSchema) serveSchema(fastify, () => this.modules.get(GraphQLSchemaHost, { strict: false }).schema);
    if (hasPlayground) await servePlayground(fastify, this.playground);
    else servePageOfGraphQL(fastify, noPlayground);
  }

  /** What the hooks for requests check, and that for closing connections. */
  private isOrdinary(request: IncomingMessage): boolean {
    return (
      this.readiness.state !== 'draining' &&
      !this.host.httpAdapter.connections.areFull &&
      !this.mark.isIn(request.headers) &&
      !hasEncodedBody(request.headers) &&
      requestProblem(request) === null
    );
  }

  private isAdmitted(request: IncomingMessage): boolean {
    return this.isIdentified(request) && (!isOfApi(request) || this.requests.refusalOf(request.ctx) === null);
  }

  private isIdentified({ ctx }: IncomingMessage): boolean {
    if (!this.identification.isRequired) return true;
    const identity = ctx.identify();
    return !(identity instanceof Promise) && !(identity instanceof GatewayError);
  }
}
