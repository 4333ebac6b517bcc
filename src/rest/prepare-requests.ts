import { type FastifyInstance } from 'fastify';
import { RequestContext } from '../context/request-context.js';
import { requestIdFrom } from '../context/request-id.js';
import { graphqlPath } from '../graphql/graphql-path.js';
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
  instance.addHook('onSend', (request, reply, payload, done) => {
    const isRefusal = request.routeOptions.url === graphqlPath && reply.statusCode >= 400;
    done(null, isRefusal && typeof payload === 'string' ? withRequestId(payload, request.ctx) : payload);
  });
}

/** What Apollo refuses before it knows of a request has no id in it yet. */
function withRequestId(payload: string, { requestId }: RequestContext): string {
  const { errors, ...rest } = JSON.parse(payload) as { errors?: { extensions?: object }[] };
  if (!errors) return payload;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}
