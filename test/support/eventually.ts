import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until there is an answer; fails after 10 s. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error('It did not come about within 10 s.');
    await sleep(20);
  }
}
