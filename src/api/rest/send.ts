import { type FastifyReply } from 'fastify';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { auditHeaders } from '../representation/audit-headers.js';
import { codingFor } from '../representation/content-coding.js';
import { etagIn, isUnmodified } from '../representation/etag.js';
import { type Answer, type CacheOutcome } from '../../domain/cloudflare/answer.js';
import { requiredPermission } from '../../domain/cloudflare/verdict.js';
import { type RestError, restErrorOf } from './error-answers.js';

const longestRetryAfterSeconds = 60;
export const contentType = 'application/json';
const cacheControl = 'private, no-cache';
const vary = 'Authorization, X-Auth-Email, X-Auth-Key, Api-Version, Accept-Encoding';

/** Sends Cloudflare's answer, byte for byte after decompression, with headers on how the cache answered it. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.isRefusedWithin) return sendRefusedWithin(reply, answer);
  const { status, headers, body, cache } = answer;
  reply.headers(headers);
  // After a 5xx it is unknown whether the change was made, as after no answer.
  if (reply.request.ctx.change?.operationId && status >= 500) reply.header('x-should-retry', 'false');
  if (!cache) return sendEnvelope(reply, status, body);
  reply.header('cache-status', cacheStatusOf(cache, reply.request.ctx.client.wantsFresh === true));
  if (cache.how === 'hit' || cache.how === 'stale') reply.header('age', String(cache.ageSeconds));
  if (cache.etag === null) return sendEnvelope(reply, status, body);
  const etag = etagIn(codingFor(reply.request.headers, body), cache.etag);
  reply.header('etag', etag);
  return isUnmodified(reply.request.headers, status, etag)
    ? withCacheHeaders(reply.status(304)).send()
    : sendEnvelope(reply, status, body);
}

/** The headers of a hit that was not asked with `no-cache`, as `sendAnswer` sends them. */
export function hitHeaders(cache: CacheOutcome) {
  return {
    'cache-status': cacheStatusOf(cache, false),
    age: String(cache.ageSeconds),
    'cache-control': cacheControl,
    vary,
  };
}

/** RFC 9211. `wasAskedFor`: the caller sent `Cache-Control: no-cache`. */
function cacheStatusOf({ how, stored, collapsed, ttlSeconds }: CacheOutcome, wasAskedFor: boolean): string {
  const ttl = ttlSeconds === null ? '' : `; ttl=${ttlSeconds}`;
  switch (how) {
    case 'hit':
      return `${cacheName}; hit${ttl}`;
    case 'stale':
      return `${cacheName}; hit${ttl}; detail=stale-if-error`;
    case 'miss':
      return [
        `${cacheName}; fwd=${wasAskedFor ? 'request' : 'miss'}`,
        stored ? `; stored${ttl}` : '',
        collapsed ? '; collapsed' : '',
      ].join('');
    case 'bypass':
      return `${cacheName}; fwd=bypass${collapsed ? '; collapsed' : ''}`;
  }
}

const cacheName = 'origin-pulls-gateway';

/** With a 2xx, clients would take the refusal for a success. */
function sendRefusedWithin(reply: FastifyReply, answer: Answer): FastifyReply {
  const { status, headers, reasons, said, operation } = answer;
  const message = `Cloudflare answered ${status} and refused: its envelope is one without success.`;
  const error = restErrorOf(
    new GatewayError('upstream_invalid', message, {
      headers,
      reasons,
      requiredPermission: requiredPermission(said, operation),
      retry: false,
    }),
  );
  return sendEnvelope(reply.headers(error.headers), error.status, error.body);
}

export function sendError(reply: FastifyReply, { status, headers, body }: RestError, type?: string): void {
  sendEnvelope(reply.headers(headers), status, body, type);
}

function sendEnvelope(
  reply: FastifyReply,
  status: number,
  body: Buffer,
  type: string = contentType,
): FastifyReply {
  reply.headers(auditHeaders(reply.request.ctx?.change ?? null));
  if (wouldSleepTooLong(reply)) reply.header('x-should-retry', 'false');
  return withCacheHeaders(reply.status(status).header('content-type', type)).send(body);
}

/** Lets browsers store an answer and revalidate it each time, unless the route says otherwise. */
function withCacheHeaders(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', reply.getHeader('cache-control') ?? cacheControl).header('vary', vary);
}

/** Cloudflare's SDK for JavaScript waits for any `Retry-After`, however long; SDKs for other languages limit it. */
function wouldSleepTooLong(reply: FastifyReply): boolean {
  if (reply.request.headers?.['x-stainless-lang'] !== 'js') return false;
  const given = reply.getHeader('retry-after')?.toString() ?? '';
  // RFC 9110 §10.2.3: seconds, or a date.
  const seconds = /^\d+$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1000;
  return seconds > longestRetryAfterSeconds;
}
