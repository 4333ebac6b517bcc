import { type RedisHealth } from './redis-link.js';

/** Null where it can be used, else why not: `readonly`, `oom`. Rejects where it cannot be asked. */
export type Probe = () => Promise<string | null>;

const againAfterMs = 250;

/**
 * Whether Redis is in use, for whoever runs the process. That it is connected, or answers a hit, says too little: it has to
 * lead, and to take what a change writes. So it is asked for just that, until it says so.
 */
export class RedisWatch {
  private told: RedisHealth = { isUsable: false, reason: 'connection' };
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
    const reason = await this.probe().catch(() => 'timeout');
    this.isAsking = false;
    this.say(reason);
  }

  private say(reason: string | null): void {
    if (this.isClosed) return;
    clearTimeout(this.again);
    if (reason !== null) this.again = setTimeout(() => void this.ask(), againAfterMs).unref();
    if (reason === null ? this.told.isUsable : !this.isNews(reason)) return;
    this.told = reason === null ? { isUsable: true } : { isUsable: false, reason };
    this.tell(this.told);
  }

  /** That it cannot be reached says less than why it could not be used. */
  private isNews(reason: string): boolean {
    return this.told.isUsable || ![this.told.reason, 'connection', 'timeout'].includes(reason);
  }
}
