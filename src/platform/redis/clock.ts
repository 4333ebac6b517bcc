import { StoreUnavailable } from '../errors/store-unavailable.js';

/** Tolerance for differences between clocks, and for network delays. */
const slackMs = 250;

/**
 * Redis' clock, estimated from the time in its replies. A command carries a deadline on that clock: a server that was
 * stopped with the command in its buffer does not run it later.
 */
export class RedisClock {
  private ahead: number | null = null;

  /**
   * A deadline on Redis' clock.
   *
   * @throws StoreUnavailable before the first reply: without a deadline, a command runs however late it arrives
   */
  deadline(ms: number): number {
    if (this.ahead === null) throw new StoreUnavailable('The store has not been heard of yet.');
    return Math.ceil(performance.now() + this.ahead + ms + slackMs);
  }

  /** Takes the largest possible offset, so that a slow reply errs towards a later deadline. */
  learn(sentAt: number, redisNow: number): void {
    const most = redisNow - sentAt;
    // The servers of a cluster have a clock each: the one most ahead counts, and its offset decays slowly.
    this.ahead = this.ahead === null || most > this.ahead ? most : this.ahead + (most - this.ahead) / 64;
  }
}
