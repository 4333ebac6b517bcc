import { type RedisClock } from './redis-deadline.js';
import { fenceKeys } from './redis-keys.js';
import { fenceWithinMs, type RedisLink } from './redis-link.js';
import { nextNonce } from './redis-nonce.js';
import { replyOf } from './redis-reply.js';
import { scripts } from './redis-scripts.js';
import { StrayIntents } from './redis-strays.js';
import { StoreUnavailable } from './store.js';

/** Sets the fences of changes, and takes them down. */
export class RedisFence {
  private readonly strays = new StrayIntents();

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
      if (sentAt !== null) this.strays.add(zone, intent);
      throw error;
    }
  }

  async end(zone: string, intent: string): Promise<void> {
    await this.link.fence(scripts.end, fenceKeys(zone), () => [nextNonce(), intent]);
  }

  /** A change is under way there, and it may be one that was refused. */
  endStrays(zone: string): void {
    for (const intent of this.strays.take(zone))
      this.end(zone, intent).catch(() => this.strays.add(zone, intent));
  }
}
