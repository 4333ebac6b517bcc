import { endedBeforeAnswer } from '../failures/failure.js';
import { type Policy } from './policy.js';

/** Repeats a read on a new connection if upstream closed the kept connection while the read was sent. */
export const resendReads: Policy = async (outgoing, next) => {
  const until = performance.now() + outgoing.withinMs;
  try {
    return await next(outgoing);
  } catch (error) {
    const left = until - performance.now();
    if (outgoing.call.operation.kind === 'write' || !endedBeforeAnswer(error) || left < 1) throw error;
    return next({ ...outgoing, withinMs: left, connection: 'fresh' });
  }
};
