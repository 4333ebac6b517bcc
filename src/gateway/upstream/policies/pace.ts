import { type Policy } from './policy.js';

/** Calls started per turn of the event loop. Fewer waste turns, more delay the first call: 4 was fastest (decision 0003). */
const mostPerTurn = 4;

/**
 * Starts a few calls in each turn of the event loop. A call is sent at the end of the turn that it starts in: of 60 calls
 * that start in one turn, the first would wait until the last is prepared, and all their answers would come at once.
 */
export function pace(): Policy {
  const waiting: (() => void)[] = [];
  let started = 0;

  const turn = (): void => {
    const starting = waiting.splice(0, mostPerTurn);
    started = starting.length;
    if (started > 0) setImmediate(turn);
    for (const start of starting) start();
  };

  return async (outgoing, next) => {
    if (started >= mostPerTurn) {
      await new Promise<void>((start) => waiting.push(start));
    } else {
      started += 1;
      if (started === 1) setImmediate(turn);
    }
    return next(outgoing);
  };
}
