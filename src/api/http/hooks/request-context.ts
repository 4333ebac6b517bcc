import { type onRequestHookHandler } from 'fastify';
import { HttpClient } from '../../../gateway/access/http-client.js';
import { Change } from '../../../gateway/request/change.js';
import { RequestContext } from '../../../gateway/request/request-context.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route does at Cloudflare. */
    readonly operation?: Operation;
  }
}

/** Gives each request its `RequestContext`, which every later hook and handler needs. */
export const addRequestContext: onRequestHookHandler = (request, reply, done) => {
  const ctx = new RequestContext(request.id, new HttpClient(request.headers, request.ip, request.raw.socket));
  const { operation } = request.routeOptions.config;
  if (operation?.kind === 'write') ctx.change = new Change(operation);
  request.ctx = ctx;
  void reply.header('x-request-id', request.id);
  done();
};
