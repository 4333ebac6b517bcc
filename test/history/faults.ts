import { setTimeout as sleep } from 'node:timers/promises';
import { type TestRedis } from '../support/redis/redis.js';

/**
 * Causes one fault after another until it is told to end. Resolves to the number of each kind.
 *
 * @param endRound called each time that every kind has happened once more
 */
export async function causeFaults(
  redis: TestRedis,
  replaceGateway: () => Promise<void>,
  hasEnded: () => boolean,
  endRound: () => void,
): Promise<Record<string, number>> {
  const done: Record<string, number> = {};
  let snapshot = await redis.snapshot();
  const faults: Record<string, () => Promise<void>> = {
    'gateway killed': replaceGateway,
    'redis killed, back empty': () => redis.restart(),
    'redis flushed': () => redis.flushall(),
    'redis killed, back from before': async () => {
      await redis.restart({ snapshot });
      snapshot = await redis.snapshot();
    },
    'redis stopped': async () => {
      await redis.stop();
      await sleep(300);
      await redis.cont();
    },
  };
  while (!hasEnded()) {
    for (const [name, cause] of Object.entries(faults)) {
      if (hasEnded()) break;
      await cause();
      done[name] = (done[name] ?? 0) + 1;
      // Without a fault for a while, the gateways have to recover.
      await sleep(200);
    }
    endRound();
  }
  return done;
}
