import { endedBeforeAnswer } from '../failures/failure.js';
import { type Policy } from './policy.js';

/** Repeats a read on a new connection if upstream closed the kept connection while the read was sent. */
export const resendReads: Policy = async (outgoing, next) => {
  const until = performance.now() + outgoing.withinMs;
  try {
    return await next(outgoing);
  } catch (error) {
    const { call, signal } = outgoing;
    const left = until - performance.now();
    const isOver = left < 1 || signal?.aborted;
    if (call.operation.kind === 'write' || isOver || !endedBeforeAnswer(error)) throw error;
    return next({ ...outgoing, withinMs: left, connection: 'fresh' });
  }
};
