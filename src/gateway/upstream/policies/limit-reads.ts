import { type CallLimit } from '../../limits/call-limit.js';
import { type Policy } from './policy.js';

/**
 * Takes each read from the share of its caller. A change is counted before it is recorded, and the verification of a token
 * is a call of the gateway itself.
 */
export function limitReads(limit: CallLimit): Policy {
  return async (outgoing, next) => {
    const { kind, isZoneless } = outgoing.call.operation;
    if (kind === 'read' && !isZoneless) await limit.take(outgoing.ctx, outgoing.credential, kind);
    return next(outgoing);
  };
}
