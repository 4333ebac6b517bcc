import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Settles as `work` does, or rejects with `error()` at the deadline.
 *
 * @param ms until the deadline; it may be over already
 */
export function within<T>(work: Promise<T>, ms: number, error: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(error());
    // If the event loop was blocked, the reply may be in the socket already. It is read before an immediate runs.
    const timer = setTimeout(() => setImmediate(end), Math.max(0, ms));
    const stop = () => clearTimeout(timer);
    work.then(stop, stop);
    work.then(resolve, reject);
  });
}

/**
 * Repeats `attempt` until it succeeds. Throws its last error if the next attempt would begin after `until`, on the clock of
 * `performance.now()`. Waiting keeps no process alive.
 */
export async function retryUntil<T>(until: number, everyMs: number, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() + everyMs > until) throw error;
      await sleep(everyMs, undefined, { ref: false });
    }
  }
}
