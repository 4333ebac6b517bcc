const failuresToSkip = 3;
const skipMs = 100;

/**
 * After some failures in a row, lets one try pass each 100 ms until one succeeds: a Redis that hangs costs few of us time.
 * What was asked before the last failure showed itself adds nothing to it: one delay that many waited through is one.
 */
export class RedisGate {
  /** Why it closed; empty where it is open, or may be by now. */
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
