import { StoreUnavailable } from '../cache/store.js';

/**
 * Waits so long and no longer. ioredis' own `commandTimeout` counts from when a command is sent, which a batch that hangs puts
 * off, and throws late replies away; here `onLate` gets them, since a lock may have been taken in one.
 *
 * @throws StoreUnavailable when the time is over
 */
export function within<T>(promise: Promise<T>, ms: number, onLate?: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const giveUp = () => {
      if (isOver) return;
      isOver = true;
      reject(new StoreUnavailable('The store did not answer in time.'));
    };
    // Where this process itself was late, the reply may lie in the socket: it is read before an immediate runs.
    const timer = setTimeout(() => setImmediate(giveUp), ms);
    promise.then(
      (value) => {
        if (isOver) return onLate?.(value);
        isOver = true;
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error('Not an error', { cause: error }));
      },
    );
  });
}

/** How much of a difference between the clocks, and of a delay under way, is overlooked. */
const slackMs = 250;

/**
 * What Redis' clock says, learnt from its replies. With it a command carries its own end: one that Redis meets too late
 * (it was stopped, with the command in a buffer) does nothing, and takes no lock that nobody waits for.
 */
export class RedisClock {
  private ahead: number | null = null;

  /**
   * When nobody waits any more, on Redis' clock.
   *
   * @throws StoreUnavailable where that is not known yet: what is sent without an end is done however late
   */
  deadline(ms: number): number {
    if (this.ahead === null) throw new StoreUnavailable('The store has not been heard of yet.');
    return Math.ceil(performance.now() + this.ahead + ms + slackMs);
  }

  /** The most that its clock can be ahead, so that a slow reply errs towards waiting longer. */
  learn(sentAt: number, redisNow: number): void {
    const most = redisNow - sentAt;
    // In a cluster there are several clocks: the one most ahead counts, and is forgotten slowly.
    this.ahead = this.ahead === null || most > this.ahead ? most : this.ahead + (most - this.ahead) / 64;
  }
}
