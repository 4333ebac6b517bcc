import { RequestContext } from '../../context/request-context.js';
import { type Hook } from './hook.js';

/** Gives each request its `RequestContext`, which every later hook and handler needs. */
export const addRequestContext: Hook = (fastify) => {
  fastify.decorateRequest('ctx');
  fastify.addHook('onRequest', (request, reply, done) => {
    request.ctx = new RequestContext(request.id, request.headers, request.ip);
    void reply.header('x-request-id', request.id);
    done();
  });
};
