import { LRUCache } from 'lru-cache';
import { type RedisLink, retryWithinMs } from '../../../platform/redis/link.js';
import { RedisFailure } from '../../../platform/redis/reasons.js';
import { StoreUnavailable } from '../../../platform/errors/store-unavailable.js';
import { type Before } from '../store/store.js';
import { fenceKeys, liftKeys } from './keys.js';
import { replyOf } from './reply.js';
import { nextNonce, scripts } from './scripts.js';

const mostOrphansInZone = 100;

/** Raises and lowers the fences of changes. */
export class RedisFence {
  /**
   * By zone, the intents that Redis may have stored although their changes were refused, because its reply was late. A server
   * that hung may store them when it continues; until they end or expire, the zone is not cached.
   */
  private readonly orphans = new LRUCache<string, readonly string[]>({ max: 10_000 });

  constructor(
    private readonly link: RedisLink,
    private readonly intentMs: number,
  ) {}

  async begin(zone: string, intent: string): Promise<Before> {
    const { clock, watch } = this.link;
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
      if (sentAt !== null) this.addOrphan(zone, intent);
      watch.check();
      // The last attempt may have failed for lack of time: a reason that lasts is more specific.
      throw watch.lastingReason === null ? error : new RedisFailure(watch.lastingReason);
    }
  }

  async end(zone: string, intent: string): Promise<void> {
    await this.link.retry(scripts.end, fenceKeys(zone), () => [nextNonce(), intent]);
  }

  async lift(zone: string, intent: string, { given, generation, changedAt }: Before): Promise<void> {
    const args = () => [nextNonce(), intent, this.intentMs, given, generation, changedAt];
    await this.link.retry(scripts.lift, liftKeys(zone, given, generation), args);
  }

  /** Called when the zone has an intent, which may be an orphan. */
  endOrphans(zone: string): void {
    const intents = this.orphans.get(zone) ?? [];
    this.orphans.delete(zone);
    for (const intent of intents) this.end(zone, intent).catch(() => this.addOrphan(zone, intent));
  }

  private addOrphan(zone: string, intent: string): void {
    const known = this.orphans.get(zone) ?? [];
    this.orphans.set(zone, [...known.slice(1 - mostOrphansInZone), intent]);
  }
}
