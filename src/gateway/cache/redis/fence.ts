import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { type RedisLink } from '../../../platform/redis/link.js';
import { RedisFailure } from '../../../platform/redis/reasons.js';
import { type Intent } from '../store/store.js';
import { fenceKeys, liftKeys } from './keys.js';
import { outliveLeasesMs } from './leases.js';
import { textOf } from './reply.js';
import { nextNonce, scripts } from './scripts.js';

const mostOrphansInZone = 100;

/** An intent in Redis. */
interface RedisIntent extends Intent {
  readonly server: string;
  /** When the reply to BEGIN came, on the clock of `performance.now()`. */
  readonly begunAt: number;
}

/** Raises and lowers the fences of changes. */
export class RedisFence {
  /**
   * By zone, the intents that Redis may have stored without a reply that arrived. Until they end or expire, the zone is not cached.
   */
  private readonly orphans = new LRUCache<string, readonly string[]>({ max: 10_000 });

  constructor(
    private readonly link: RedisLink,
    private readonly intentMs: number,
  ) {}

  /** Each attempt has an intent of its own: one whose reply is lost may reach Redis at any later time. */
  async begin(zone: string): Promise<RedisIntent> {
    const { watch } = this.link;
    const sent: string[] = [];
    const args = () => {
      const id = nextNonce();
      sent.push(id);
      return [id, id, this.intentMs];
    };
    try {
      const reply = await this.link.retry(scripts.begin, fenceKeys(zone), args);
      const begunAt = performance.now();
      const [, generation, changedAt, server] = (reply as Buffer[]).map(textOf);
      const id = sent.pop() ?? '';
      return {
        zone,
        id,
        given: id,
        generation: generation ?? '',
        changedAt: Number(changedAt),
        server: server ?? '',
        begunAt,
      };
    } catch (error) {
      watch.check();
      // The last attempt may have failed for lack of time: a reason that lasts is more specific.
      throw watch.lastingReason === null ? error : new RedisFailure(watch.lastingReason);
    } finally {
      for (const id of sent) this.addOrphan(zone, id);
    }
  }

  /** Resolves when every lease from before the change has ended. */
  async end(intent: Intent): Promise<void> {
    const { zone, id, server, begunAt } = intent as RedisIntent;
    await sleepUntil(begunAt + outliveLeasesMs);
    const hasHeld = await this.endIntent(zone, id, server);
    if (!hasHeld) await sleepUntil(performance.now() + outliveLeasesMs);
  }

  async lift({ zone, id, given, generation, changedAt }: Intent): Promise<void> {
    const args = () => [nextNonce(), id, this.intentMs, given, generation, changedAt];
    await this.link.retry(scripts.lift, liftKeys(zone, given, generation), args);
  }

  /** Called when the zone has an intent, which may be an orphan. */
  endOrphans(zone: string): void {
    const intents = this.orphans.get(zone) ?? [];
    this.orphans.delete(zone);
    for (const id of intents) this.endIntent(zone, id, '').catch(() => this.addOrphan(zone, id));
  }

  private async endIntent(zone: string, id: string, server: string): Promise<boolean> {
    return (await this.link.retry(scripts.end, fenceKeys(zone), () => [nextNonce(), id, server])) === 1;
  }

  private addOrphan(zone: string, id: string): void {
    const known = this.orphans.get(zone) ?? [];
    this.orphans.set(zone, [...known.slice(1 - mostOrphansInZone), id]);
  }
}

/** A timer may fire before its time on the clock of `performance.now()`. */
async function sleepUntil(time: number): Promise<void> {
  for (let left = time - performance.now(); left > 0; left = time - performance.now()) {
    await sleep(Math.ceil(left));
  }
}
