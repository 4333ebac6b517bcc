import { type onRequestHookHandler } from 'fastify';
import { Change } from '../../../gateway/request/change.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does at Cloudflare. */
    readonly operation?: Operation;
  }
}

/** Completes the context that the request got when it arrived. Every later hook and handler needs it. */
export const addRequestContext: onRequestHookHandler = (request, reply, done) => {
  const { raw, routeOptions } = request;
  const { ctx } = raw;
  const { operation } = routeOptions.config;
  if (operation?.kind === 'write') ctx.change = new Change(operation);
  if (routeOptions.url !== undefined) raw.route = routeOptions.url;
  request.ctx = ctx;
  void reply.header('x-request-id', ctx.requestId);
  done();
};
