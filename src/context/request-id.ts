import { randomUUIDv7 } from 'node:crypto';

const acceptable = /^[A-Za-z0-9._-]{1,64}$/;

/** The caller's `X-Request-Id` where it is safe to print, else a new UUIDv7. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && acceptable.test(header) ? header : randomUUIDv7();
}
