import { type onSendHookHandler } from 'fastify';
import { withRequestId } from '../../graphql/errors/with-request-id.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { codingFor, inCoding, isLarge, withAcceptEncoding } from '../../representation/content-coding.js';
import { rateLimitHeaders } from '../../representation/rate-limit.js';
import { isHealthRoute } from '../entrance/health-route.js';

/** Sets `Cache-Control` where the handler did not: a cache may store an answer without it for a while (RFC 9111 §4.2.2). */
export const setCacheControl: onSendHookHandler = ({ routeOptions: { url } }, reply, payload, done) => {
  if (!reply.hasHeader('cache-control')) {
    void reply.header('cache-control', isHealthRoute(url) || url === graphqlPath ? 'no-store' : 'no-cache');
  }
  done(null, payload);
};

/** Says what the caller has left of its calls to Cloudflare, if the request made any. */
export const setRateLimit: onSendHookHandler = ({ ctx }, reply, payload, done) => {
  if (ctx?.callsLeft) void reply.headers(rateLimitHeaders(ctx.callsLeft));
  done(null, payload);
};

/** Adds the request id to errors that Apollo answers before its plugins run. */
export const addRequestIdToErrors: onSendHookHandler = (request, { statusCode }, payload, done) => {
  const isGraphQL = request.routeOptions.url === graphqlPath;
  const isRefusal = isGraphQL && statusCode >= 400 && typeof payload === 'string';
  done(null, isRefusal ? withRequestId(payload, request.id) : payload);
};

/** Compresses large answers with a content coding that the caller accepts. */
export const compressLargeAnswers: onSendHookHandler = ({ headers }, reply, payload, done) => {
  if (!isLarge(payload) || reply.hasHeader('content-encoding')) return done(null, payload);
  void reply.header('vary', withAcceptEncoding(reply.getHeader('vary')?.toString()));
  const coding = codingFor(headers, payload);
  if (!coding) return done(null, payload);
  const send = (body: Buffer): void => {
    void reply.header('content-encoding', coding).removeHeader('content-length');
    done(null, body);
  };
  inCoding(payload, coding).then(send, (error: Error) => done(error));
};
