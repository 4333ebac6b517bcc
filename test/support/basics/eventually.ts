import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until there is an answer; fails after 10 s unless told. */
export async function eventually<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  { seconds = 10 } = {},
): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`It did not come about within ${seconds} s.`);
    await sleep(20);
  }
}
