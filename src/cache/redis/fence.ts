import { type RedisClock } from '../../redis/clock.js';
import { fenceKeys, liftKeys } from './keys.js';
import { fenceWithinMs, type RedisLink } from '../../redis/link.js';
import { nextNonce } from '../../redis/nonce.js';
import { replyOf } from './reply.js';
import { scripts } from './scripts.js';
import { StrayIntents } from './strays.js';
import { type Before, StoreUnavailable } from '../store.js';

/** Sets the fences of changes, and takes them down. */
export class RedisFence {
  private readonly strays = new StrayIntents();

  constructor(
    private readonly link: RedisLink,
    private readonly clock: RedisClock,
    private readonly intentMs: number,
  ) {}

  async begin(zone: string, intent: string): Promise<Before> {
    let sentAt: number | null = null;
    let given = '';
    const args = () => {
      const deadline = this.clock.deadline(fenceWithinMs);
      sentAt = performance.now();
      given = nextNonce();
      return [given, deadline, intent, this.intentMs];
    };
    try {
      const reply = replyOf(await this.link.fence(scripts.begin, fenceKeys(zone), args), given);
      this.clock.learn(sentAt ?? 0, reply.now);
      if (reply.kind !== 'begun') throw new StoreUnavailable('The store was asked too late.');
      return reply;
    } catch (error) {
      if (sentAt !== null) this.strays.add(zone, intent);
      throw error;
    }
  }

  async end(zone: string, intent: string): Promise<void> {
    await this.link.fence(scripts.end, fenceKeys(zone), () => [nextNonce(), intent]);
  }

  async lift(zone: string, intent: string, { given, generation, changedAt }: Before): Promise<void> {
    const args = () => [nextNonce(), intent, this.intentMs, given, generation, changedAt];
    await this.link.fence(scripts.lift, liftKeys(zone, given, generation), args);
  }

  /** A change is under way there, and it may be one that was refused. */
  endStrays(zone: string): void {
    for (const intent of this.strays.take(zone))
      this.end(zone, intent).catch(() => this.strays.add(zone, intent));
  }
}
