import { randomUUIDv7 } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { mayBeWritten } from './may-be-written.js';

const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` if it may be logged and sent back, else a new UUIDv7. */
export function requestIdFrom(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  if (given === undefined) return randomUUIDv7();
  const sent = String(given);
  return acceptable.test(sent) && mayBeWritten(sent, headers) ? sent : randomUUIDv7();
}
