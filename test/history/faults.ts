import { setTimeout as sleep } from 'node:timers/promises';
import { type TestRedis } from '../support/redis/redis.js';

/** What goes wrong, one thing after another, until it is told to end. Resolves to what it did, and how often. */
export async function causeFaults(
  redis: TestRedis,
  replaceGateway: () => Promise<void>,
  hasEnded: () => boolean,
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
      // What is not broken for a while shows whether it heals.
      await sleep(200);
    }
  }
  return done;
}
