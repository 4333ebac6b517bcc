import { type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { Change } from '../../../gateway/request/change.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does at Cloudflare. */
    readonly operation?: Operation;
  }
}

/**
 * The context that each request gets when it arrives. No hook has to set it: hooks that send run without those before them where
 * Fastify cannot read the target.
 */
export const requestContext = {
  getter(this: FastifyRequest) {
    return this.raw.ctx;
  },
};

/** Completes the context for the route that was found. */
export const addRequestContext: onRequestHookHandler = ({ raw, routeOptions }, reply, done) => {
  const { ctx } = raw;
  const { operation } = routeOptions.config;
  if (operation?.kind === 'write') ctx.change = new Change(operation);
  if (routeOptions.url !== undefined) raw.route = routeOptions.url;
  void reply.header('x-request-id', ctx.requestId);
  done();
};
