import { type IncomingHttpHeaders } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { RequestContext } from '../../context/request-context.js';
import { requestIdFrom } from '../../context/request-id.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { graphqlPath } from '../../graphql/graphql-path.js';
import { type Readiness } from '../../health/readiness.js';
import { codingFor, inCoding, isLarge } from '../../rest/content-coding.js';
import { type Connections } from '../connections.js';
import { type Mark } from '../../upstream/mark.js';
import { requestProblem } from './request-framing.js';

/** What every request is given, and has to be, before anything else looks at it. */
export function prepareRequests(
  instance: FastifyInstance,
  readiness: Readiness,
  connections: Connections,
  mark: Mark,
): void {
  instance.decorateRequest('ctx');
  instance.addHook('onRequest', (request, reply, done) => {
    const { headers } = request;
    request.ctx = new RequestContext(requestIdFrom(headers), headers, request.ip);
    void reply.header('x-request-id', request.ctx.requestId);
    const problem = requestProblem(request.raw) ?? loopOf(request, mark);
    if (problem) {
      void reply.header('connection', 'close');
      return done(problem);
    }
    done(connections.areFull ? overloadFor(request) : undefined);
  });
  instance.addHook('onSend', ({ ctx, headers, routeOptions }, reply, payload, done) => {
    // A cache in front keeps for a while what says nothing of it.
    if (!reply.hasHeader('cache-control')) {
      const isOfNow = isHealth(routeOptions.url) || routeOptions.url === graphqlPath;
      void reply.header('cache-control', isOfNow ? 'no-store' : 'no-cache');
    }
    // Tells clients to move to another replica. Not when the request comes: the process may be told to stop meanwhile.
    if (readiness.state === 'draining') void reply.header('connection', 'close');
    const named = routeOptions.url === graphqlPath ? nameRefusal(reply, ctx, payload) : payload;
    sendInCoding(headers, reply, named, done);
  });
}

/** A large answer in a content coding that the caller accepts, any other as it is. */
function sendInCoding(
  headers: IncomingHttpHeaders,
  reply: FastifyReply,
  payload: unknown,
  done: (error: Error | null, payload: unknown) => void,
): void {
  if (!isLarge(payload) || reply.hasHeader('content-encoding')) return done(null, payload);
  const vary = String(reply.getHeader('vary') ?? '');
  if (!vary.includes('Accept-Encoding')) {
    void reply.header('vary', vary ? `${vary}, Accept-Encoding` : 'Accept-Encoding');
  }
  const coding = codingFor(headers, payload);
  if (!coding) return done(null, payload);
  const send = (body: Buffer): void => {
    void reply.header('content-encoding', coding).removeHeader('content-length');
    done(null, body);
  };
  inCoding(payload, coding).then(send, (error: Error) => done(error, null));
}

/** Without this, a request goes round until its time is over. */
function loopOf({ headers }: FastifyRequest, mark: Mark): GatewayError | null {
  if (!mark.isIn(headers)) return null;
  return new GatewayError(
    'loop_detected',
    'This request comes from this gateway itself: CLOUDFLARE_BASE_URL leads back to it, perhaps through a proxy or by another name. ' +
      "Set it to the URL of Cloudflare's API.",
  );
}

/** Whether the process is well may always be asked. */
function overloadFor({ routeOptions }: FastifyRequest): GatewayError | undefined {
  if (isHealth(routeOptions.url)) return undefined;
  return new GatewayError('overloaded', 'Too many answers wait to be read. Try again in a second.', {
    headers: { 'retry-after': '1' },
  });
}

function isHealth(route: string | undefined): boolean {
  return route?.startsWith('/health/') ?? false;
}

/** What Apollo refuses before it knows of a request has no id in it yet. */
function nameRefusal({ statusCode }: FastifyReply, { requestId }: RequestContext, payload: unknown): unknown {
  if (statusCode < 400 || typeof payload !== 'string') return payload;
  const { errors, ...rest } = JSON.parse(payload) as { errors?: { extensions?: object }[] };
  if (!errors) return payload;
  const named = errors.map((error) => ({ ...error, extensions: { ...error.extensions, requestId } }));
  return JSON.stringify({ errors: named, ...rest });
}
