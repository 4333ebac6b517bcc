const failuresToSkip = 3;
const skipMs = 100;

/**
 * A circuit breaker: after three failures in a row it lets one request pass every 100 ms, until one succeeds. A request
 * already in flight when a failure was counted does not count again: one outage seen by 100 requests is one failure.
 */
export class RedisGate {
  /** Why it is closed; empty while it is open. */
  reason = '';
  private failures = 0;
  private failedAt = -Infinity;
  private skipUntil = 0;

  mayPass(now: number): boolean {
    if (this.failures < failuresToSkip) return true;
    if (now < this.skipUntil) return false;
    this.skipUntil = now + skipMs;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.reason = '';
  }

  failed(askedAt: number, now: number, reason: string): void {
    if (askedAt >= this.failedAt) {
      this.failures += 1;
      this.failedAt = now;
      this.skipUntil = now + skipMs;
    }
    if (this.failures >= failuresToSkip) this.reason = reason;
  }
}
