import { setTimeout as sleep } from 'node:timers/promises';

const againAfterMs = 50;

/** Behind an answer that has been given: tries until it is done, or does not matter any more. */
export async function persist(ms: number, attempt: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until) {
    try {
      return void (await attempt());
    } catch {
      await sleep(againAfterMs, undefined, { ref: false });
    }
  }
}
