import { isLasting, type Reason, reasonOf, weightOf } from './reasons.js';

/** Whether Redis is in use, and if not, why. */
export type RedisHealth = { readonly isUsable: true } | { readonly isUsable: false; readonly reason: Reason };

const retryMs = 250;
/** A server that hangs without traffic is found only by a probe. */
const checkMs = 5000;

/**
 * The health of Redis. A connection or a cache hit does not prove that the server is a master and accepts the writes of a
 * change: a probe tests both, and is repeated while it fails.
 */
export class RedisWatch {
  private current: RedisHealth = { isUsable: false, reason: 'connection' };
  /** Whether Redis was usable once. Until then it may be another server than is meant. */
  hasBeenUsable = false;
  private isProbing = false;
  private isClosed = false;
  private next: NodeJS.Timeout | undefined;

  /** @param probe resolves to null if Redis can be used, else to the reason: `oom`, `noperm zadd` */
  constructor(
    private readonly probe: () => Promise<Reason | null>,
    private readonly onHealth: (health: RedisHealth) => void,
  ) {}

  /** Called when the link begins to connect. */
  start(): void {
    this.onHealth(this.current);
  }

  get health(): RedisHealth {
    return this.current;
  }

  /** The reason if no retry helps; else null. A former master that is a replica may be promoted again. */
  get lastingReason(): Reason | null {
    if (this.current.isUsable) return null;
    const { reason } = this.current;
    if (this.hasBeenUsable && reason.startsWith('readonly')) return null;
    return isLasting(reason) ? reason : null;
  }

  /** @param reason of the link; empty if it works */
  note(reason: Reason): void {
    if (reason === '') void this.ask();
    else this.set(reason);
  }

  /** Called after a command failed: a problem of writes alone does not show in the link. */
  check(): void {
    if (this.current.isUsable) void this.ask();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.next);
  }

  private async ask(): Promise<void> {
    if (this.isProbing) return;
    this.isProbing = true;
    let reason = await this.probe().catch(reasonOf);
    // A single late reply, because this process or the server is busy, is no outage.
    if (reason === 'timeout' && this.current.isUsable) reason = await this.probe().catch(reasonOf);
    this.isProbing = false;
    this.set(reason);
  }

  private set(reason: Reason | null): void {
    if (this.isClosed) return;
    clearTimeout(this.next);
    this.next = setTimeout(() => void this.ask(), reason === null ? checkMs : retryMs).unref();
    if (reason === null ? this.current.isUsable : !this.isNews(reason)) return;
    this.current = reason === null ? { isUsable: true } : { isUsable: false, reason };
    this.hasBeenUsable ||= this.current.isUsable;
    this.onHealth(this.current);
  }

  /** A less specific reason does not replace a more specific one. */
  private isNews(reason: Reason): boolean {
    if (this.current.isUsable) return true;
    // The same reason in fewer words.
    if (this.current.reason.startsWith(reason)) return false;
    return weightOf(reason) >= Math.max(2, weightOf(this.current.reason));
  }
}
