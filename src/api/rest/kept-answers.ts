import { type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type Readiness } from '../../platform/health/readiness.js';
import { type ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { codingFor } from './content-coding.js';
import { sendAnswer, writeHit } from './send.js';

interface Route {
  readonly Params: Call['params'];
  readonly Querystring: NonNullable<Call['query']>;
}

/** Answers a read with the kept answer, if there is one, before Nest's router: that costs more than the rest of a hit. */
export function answerFromCache(reads: ReadPipeline, readiness: Readiness): onRequestHookHandler {
  return (request, reply, done) => {
    const { operation } = request.routeOptions.config;
    if (operation?.kind !== 'read') return done();
    const { params, query } = request as FastifyRequest<Route>;
    const kept = reads.kept(request.ctx, { operation, params, query });
    if (!kept?.cache) return done();
    const isPlain = readiness.state !== 'draining' && !codingFor(request.headers, kept.body);
    if (isPlain) writeHit(reply, kept, kept.cache);
    else sendAnswer(reply, kept);
  };
}
