import { type FastifyInstance } from 'fastify';
import { RequestContext } from '../context/request-context.js';
import { requestIdFrom } from '../context/request-id.js';
import { type Readiness } from '../health/readiness.js';

/** What every request is given before anything else looks at it. */
export function prepareRequests(instance: FastifyInstance, readiness: Readiness): void {
  instance.decorateRequest('ctx');
  instance.addHook('onRequest', (request, reply, done) => {
    request.ctx = new RequestContext(requestIdFrom(request.headers['x-request-id']), request.headers);
    void reply.header('x-request-id', request.ctx.requestId);
    // Tells clients to move to another replica while this one still answers.
    if (readiness.state === 'draining') void reply.header('connection', 'close');
    done();
  });
}
