import { type FastifyInstance, type FastifyRequest, type onSendHookHandler } from 'fastify';
import { RequestContext } from '../context/request-context.js';
import { requestIdFrom } from '../context/request-id.js';
import { GatewayError } from '../errors/gateway-error.js';
import { graphqlPath } from '../graphql/graphql-path.js';
import { type Readiness } from '../health/readiness.js';
import { type Connections } from '../http/connections.js';
import { requestProblem } from './request-problem.js';

/** What every request is given, and has to be, before anything else looks at it. */
export function prepareRequests(
  instance: FastifyInstance,
  readiness: Readiness,
  connections: Connections,
): void {
  instance.decorateRequest('ctx');
  instance.addHook('onRequest', (request, reply, done) => {
    request.ctx = new RequestContext(requestIdFrom(request.headers), request.headers, request.ip);
    void reply.header('x-request-id', request.ctx.requestId);
    const problem = requestProblem(request.raw);
    if (problem) {
      void reply.header('connection', 'close');
      return done(problem);
    }
    done(connections.areFull ? overloadFor(request) : undefined);
  });
  instance.addHook('onSend', (_request, reply, payload, done) => {
    // Tells clients to move to another replica. Not when the request comes: the process may be told to stop meanwhile.
    if (readiness.state === 'draining') void reply.header('connection', 'close');
    done(null, payload);
  });
  instance.addHook('onRoute', (route) => {
    if (route.url === graphqlPath) route.onSend = nameRefusals;
  });
}

/** Whether the process is well may always be asked. */
function overloadFor({ routeOptions }: FastifyRequest): GatewayError | undefined {
  if (routeOptions.url?.startsWith('/health/')) return undefined;
  return new GatewayError('overloaded', 'Too many answers wait to be read. Try again in a second.', {
    headers: { 'retry-after': '1' },
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
