import {
  type FastifyReply,
  type FastifyRequest,
  type onSendHookHandler,
  type preHandlerHookHandler,
} from 'fastify';
import { type WholeAnswer } from '../../../gateway/cache/whole-answers.js';
import { type WholeReads } from '../../../gateway/pipeline/whole-reads.js';
import { type Readiness } from '../../../platform/health/readiness.js';
import { codingFor, isLarge, withAcceptEncoding } from '../../rest/content-coding.js';
import { UnparsedBody } from '../../context/unparsed-body.js';
import { cacheExtension, cacheExtensionHeader } from './cache-extension.js';
import { graphqlPath } from '../schema/graphql-path.js';
import { Candidate, endWith } from './candidate.js';

/** Headers that each answer has of its own. */
const ownHeaders = ['x-request-id', 'content-length', 'connection'];

/** Answers a query with the whole answer that is kept, if there is one; else parses the body for Apollo. */
export function answerWhole(wholes: WholeReads, readiness: Readiness): preHandlerHookHandler {
  return (request, reply, done) => {
    if (request.routeOptions.url !== graphqlPath) return done();
    const { ctx } = request;
    const goOn = () => parseBody(request, done);
    const asked = askedBy(request);
    const key = asked === null ? null : wholes.keyOf(ctx, asked);
    if (!key) return goOn();
    request.whole = new Candidate(key);
    const whole = wholes.find(ctx, key);
    if (!whole) return goOn();
    const give = () => {
      wholes.count(ctx, whole);
      send(reply, whole, readiness);
    };
    if (wholes.mayGive(ctx, whole)) return give();
    wholes.confirm(whole).then(() => (wholes.mayGive(ctx, whole) ? give() : goOn()), done);
  };
}

/** Keeps an answer as a whole, as it is before it is compressed. */
export function keepWhole(wholes: WholeReads): onSendHookHandler {
  return ({ ctx, whole }, reply, payload, done) => {
    const text = typeof payload === 'string' && reply.statusCode === 200 ? whole?.textOf(payload) : null;
    if (!whole || typeof text !== 'string') return done(null, payload);
    const body = Buffer.from(text);
    wholes.keep(ctx, whole.key, { body, headers: headersOf(reply, body) });
    // The same bytes, so that they are compressed once.
    done(null, text === payload ? body : payload);
  };
}

/** What the answer depends on besides the client. Null for a request that Apollo would not take for a query. */
function askedBy({ method, url, body, headers: { accept = '' } }: FastifyRequest): string | null {
  if (method === 'GET') return `${accept}\n${url}`;
  if (method !== 'POST' || url !== graphqlPath || !(body instanceof UnparsedBody)) return null;
  return `${accept}\n${body.text}`;
}

function parseBody(request: FastifyRequest, done: (error?: Error) => void): void {
  try {
    if (request.body instanceof UnparsedBody) request.body = request.body.parse();
  } catch (error) {
    return done(error as Error);
  }
  done();
}

/** An answer that is not compressed is written at once: the hooks that run before an answer is sent have nothing to add. */
function send(reply: FastifyReply, whole: WholeAnswer, readiness: Readiness): void {
  const { request } = reply;
  const { headers } = whole.composed;
  const body = bodyFor(request, whole);
  if (readiness.state === 'draining' || codingFor(request.headers, body)) {
    void reply.headers(headers).send(body);
    return;
  }
  const { raw } = reply.hijack();
  raw.writeHead(200, { ...headers, 'x-request-id': request.ctx.requestId, 'content-length': body.length });
  raw.end(body);
}

function bodyFor({ headers }: FastifyRequest, { composed: { body }, parts }: WholeAnswer): Buffer {
  if (headers[cacheExtensionHeader] === undefined) return body;
  const now = performance.now();
  const outcomes = parts.map(({ cache, kept }) => ({
    ...cache,
    ageSeconds: Math.floor((now - kept.storedAt) / 1000),
    ttlSeconds: Math.floor((kept.freshUntil - now) / 1000),
  }));
  const end = endWith({ cache: cacheExtension(outcomes) });
  return Buffer.concat([body.subarray(0, -endWith(undefined).length), Buffer.from(end)]);
}

function headersOf(reply: FastifyReply, body: Buffer): Record<string, string> {
  const headers = Object.fromEntries(
    Object.entries(reply.getHeaders())
      .filter(([name, value]) => value !== undefined && !ownHeaders.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );
  return isLarge(body) ? { ...headers, vary: withAcceptEncoding(headers['vary']) } : headers;
}
