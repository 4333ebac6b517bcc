import { type RedisHealth } from './link.js';
import { isLasting, type Reason, reasonOf, weightOf } from './reasons.js';

/** Null where it can be used, else why not: `oom`, `noperm zadd`. Rejects where it cannot be asked. */
export type Probe = () => Promise<string | null>;

const againAfterMs = 250;
/** One that hangs while nothing is asked of it shows nothing by itself. */
const lookAfterMs = 5000;

/**
 * Whether Redis is in use, for whoever runs the process. That it is connected, or answers a hit, says too little: it has to
 * lead, and to take what a change writes. So it is asked for just that, until it says so.
 */
export class RedisWatch {
  private told: RedisHealth = { isUsable: false, reason: 'connection' };
  private hasBeenUsable = false;
  private isAsking = false;
  private isClosed = false;
  private again: NodeJS.Timeout | undefined;

  constructor(
    private readonly probe: Probe,
    private readonly tell: (health: RedisHealth) => void,
  ) {
    tell(this.told);
  }

  get health(): RedisHealth {
    return this.told;
  }

  /** Why no retry mends it; null where one may. One that led and follows now may lead again: its failover goes on. */
  get lastingReason(): Reason | null {
    if (this.told.isUsable) return null;
    const { reason } = this.told;
    if (this.hasBeenUsable && reason.startsWith('readonly')) return null;
    return isLasting(reason) ? reason : null;
  }

  /** What its link says of it. */
  note(health: RedisHealth): void {
    if (health.isUsable) void this.ask();
    else this.say(health.reason);
  }

  /** Something failed, which may be a trouble that goes on: where hits go on too, the link sees none. */
  doubt(): void {
    if (this.told.isUsable) void this.ask();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.again);
  }

  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    let reason = await this.probe().catch(reasonOf);
    // One answer that is late, of this busy machine or of that one, is no trouble that goes on.
    if (reason === 'timeout' && this.told.isUsable) reason = await this.probe().catch(reasonOf);
    this.isAsking = false;
    this.say(reason);
  }

  private say(reason: Reason | null): void {
    if (this.isClosed) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => void this.ask(), reason === null ? lookAfterMs : againAfterMs).unref();
    if (reason === null ? this.told.isUsable : !this.isNews(reason)) return;
    this.told = reason === null ? { isUsable: true } : { isUsable: false, reason };
    this.hasBeenUsable ||= this.told.isUsable;
    this.tell(this.told);
  }

  /** That it cannot be reached says less than why it could not be used. */
  private isNews(reason: Reason): boolean {
    if (this.told.isUsable) return true;
    // Also where it is the same in fewer words.
    if (this.told.reason.startsWith(reason)) return false;
    return weightOf(reason) >= Math.max(2, weightOf(this.told.reason));
  }
}
