import { randomBytes } from 'node:crypto';

const ofThisProcess = randomBytes(12).toString('base64url');
let count = 0;

/** A name that no other process gives and this one gives once: what a random one is wanted for here, at the cost of a sum. */
export function nextNonce(): string {
  count += 1;
  return ofThisProcess + count.toString(36);
}
