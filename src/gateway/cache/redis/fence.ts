import { type RedisLink, retryWithinMs } from '../../../platform/redis/link.js';
import { nextNonce } from '../../../platform/redis/nonce.js';
import { StoreUnavailable } from '../../../platform/errors/store-unavailable.js';
import { type Before } from '../store/store.js';
import { fenceKeys, liftKeys } from './keys.js';
import { OrphanedIntents } from './orphaned-intents.js';
import { replyOf } from './reply.js';
import { scripts } from './scripts.js';

/** Raises and lowers the fences of changes. */
export class RedisFence {
  private readonly orphaned = new OrphanedIntents();

  constructor(
    private readonly link: RedisLink,
    private readonly intentMs: number,
  ) {}

  async begin(zone: string, intent: string): Promise<Before> {
    const { clock } = this.link;
    let sentAt: number | null = null;
    let given = '';
    const args = () => {
      const deadline = clock.deadline(retryWithinMs);
      sentAt = performance.now();
      given = nextNonce();
      return [given, deadline, intent, this.intentMs];
    };
    try {
      const reply = replyOf(await this.link.retry(scripts.begin, fenceKeys(zone), args), given);
      clock.learn(sentAt ?? 0, reply.now);
      if (reply.kind !== 'begun') throw new StoreUnavailable('The store was asked too late.');
      return reply;
    } catch (error) {
      if (sentAt !== null) this.orphaned.add(zone, intent);
      throw error;
    }
  }

  async end(zone: string, intent: string): Promise<void> {
    await this.link.retry(scripts.end, fenceKeys(zone), () => [nextNonce(), intent]);
  }

  async lift(zone: string, intent: string, { given, generation, changedAt }: Before): Promise<void> {
    const args = () => [nextNonce(), intent, this.intentMs, given, generation, changedAt];
    await this.link.retry(scripts.lift, liftKeys(zone, given, generation), args);
  }

  /** Called when the zone has an intent, which may be an orphaned one. */
  endOrphaned(zone: string): void {
    for (const intent of this.orphaned.take(zone))
      this.end(zone, intent).catch(() => this.orphaned.add(zone, intent));
  }
}
