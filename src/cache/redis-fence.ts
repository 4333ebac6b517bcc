import { type RedisClock } from './redis-deadline.js';
import { fenceKeys } from './redis-keys.js';
import { fenceWithinMs, type RedisLink } from './redis-link.js';
import { nextNonce } from './redis-nonce.js';
import { persist } from './redis-persist.js';
import { replyOf } from './redis-reply.js';
import { scripts } from './redis-scripts.js';
import { StoreUnavailable } from './store.js';

/** Sets the fences of changes, and takes them down. */
export class RedisFence {
  constructor(
    private readonly link: RedisLink,
    private readonly clock: RedisClock,
    private readonly intentMs: number,
  ) {}

  async begin(zone: string, intent: string): Promise<void> {
    let sentAt: number | null = null;
    const args = () => {
      const deadline = this.clock.deadline(fenceWithinMs);
      sentAt = performance.now();
      return [nextNonce(), deadline, intent, this.intentMs];
    };
    try {
      const reply = replyOf(await this.link.fence(scripts.begin, fenceKeys(zone), args), '');
      this.clock.learn(sentAt ?? 0, reply.now);
      if (reply.kind === 'late') throw new StoreUnavailable('The store was asked too late.');
    } catch (error) {
      if (sentAt !== null) void this.drop(zone, intent);
      throw error;
    }
  }

  async end(zone: string, intent: string): Promise<void> {
    await this.link.fence(scripts.end, fenceKeys(zone), () => [nextNonce(), intent]);
  }

  /** One that was not confirmed may stand all the same, or be set yet by a Redis that hung: nobody else takes it down. */
  private drop(zone: string, intent: string): Promise<void> {
    const run = { script: scripts.drop, keys: fenceKeys(zone), args: [intent] };
    return persist(this.intentMs, () => this.link.read(run));
  }
}
