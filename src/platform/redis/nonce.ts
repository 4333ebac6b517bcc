import { randomBytes } from 'node:crypto';

const ofThisProcess = randomBytes(12).toString('base64url');
let count = 0;

/** A name that is used once: unique among processes by its random part, and within this one by a counter. */
export function nextNonce(): string {
  count += 1;
  return ofThisProcess + count.toString(36);
}
