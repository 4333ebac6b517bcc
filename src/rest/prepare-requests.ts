import { type FastifyInstance, type onSendHookHandler } from 'fastify';
import { RequestContext } from '../context/request-context.js';
import { requestIdFrom } from '../context/request-id.js';
import { graphqlPath } from '../graphql/graphql-path.js';
import { type Readiness } from '../health/readiness.js';

/** What every request is given before anything else looks at it. */
export function prepareRequests(instance: FastifyInstance, readiness: Readiness): void {
  instance.decorateRequest('ctx');
  instance.addHook('onRequest', (request, reply, done) => {
    request.ctx = new RequestContext(requestIdFrom(request.headers), request.headers, request.ip);
    void reply.header('x-request-id', request.ctx.requestId);
    // Tells clients to move to another replica while this one still answers.
    if (readiness.state === 'draining') void reply.header('connection', 'close');
    done();
  });
  instance.addHook('onRoute', (route) => {
    if (route.url === graphqlPath) route.onSend = nameRefusals;
  });
}

const nameRefusals: onSendHookHandler = ({ ctx }, { statusCode }, payload, done) => {
  done(null, statusCode >= 400 && typeof payload === 'string' ? withRequestId(payload, ctx) : payload);
};

/** What Apollo refuses before it knows of a request has no id in it yet. */
function withRequestId(payload: string, { requestId }: RequestContext): string {
  const { errors, ...rest } = JSON.parse(payload) as { errors?: { extensions?: object }[] };
  if (!errors) return payload;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}
