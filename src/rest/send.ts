import { type FastifyReply } from 'fastify';
import { type Answer } from '../upstream/answer.js';
import { type RestError } from './error-answers.js';

const longestRetryAfterSeconds = 60;

/** Sends what Cloudflare answered, byte for byte. */
export function sendAnswer(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return sendEnvelope(reply.headers(headers), status, body);
}

export function sendError(reply: FastifyReply, { status, headers, body }: RestError): void {
  sendEnvelope(reply.headers(headers), status, body);
}

function sendEnvelope(reply: FastifyReply, status: number, body: Buffer): FastifyReply {
  // Newer SDKs sleep out any Retry-After, however long: it stays true, and they are told not to.
  const retryAfter = reply.getHeader('retry-after');
  if (isLongerThan(longestRetryAfterSeconds, retryAfter?.toString())) reply.header('x-should-retry', 'false');
  return reply
    .status(status)
    .header('content-type', 'application/json')
    .header('cache-control', 'private, no-cache')
    .header('vary', 'Authorization, X-Auth-Email, X-Auth-Key')
    .send(body);
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function isLongerThan(seconds: number, retryAfter: string | undefined): boolean {
  if (retryAfter === undefined) return false;
  const given = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return given > seconds;
}
