import { Injectable } from '@nestjs/common';

/** Whether this process should be given requests. */
@Injectable()
export class Readiness {
  state: 'starting' | 'ready' | 'draining' = 'starting';

  /** Why it does worse than it could, by what is wrong; it should be given requests all the same. */
  private readonly troubles = new Map<string, string>();

  private readonly told = new Set<string>();

  /** @param reason null where the trouble is over */
  trouble(what: string, reason: string | null): void {
    this.told.add(what);
    if (reason === null) this.troubles.delete(what);
    else this.troubles.set(what, reason);
  }

  /** Why it should not be given requests, though it answers some. */
  private readonly failures = new Map<string, string>();

  /** @param reason null where it can again */
  cannot(what: string, reason: string | null): void {
    this.told.add(what);
    if (reason === null) this.failures.delete(what);
    else this.failures.set(what, reason);
  }

  /** Such as `redis: timeout`; what keeps it from being ready comes first. */
  get reasons(): string[] {
    return [...this.failures, ...this.troubles].map(([what, reason]) => `${what}: ${reason}`);
  }

  /** Of all that was ever told of, whether it can be used now: `redis`, `audit`, `log`. */
  get usable(): ReadonlyMap<string, boolean> {
    const isUsable = (what: string) => !this.failures.has(what) && !this.troubles.has(what);
    return new Map([...this.told].map((what) => [what, isUsable(what)]));
  }

  get isReady(): boolean {
    return this.state === 'ready' && this.failures.size === 0;
  }
}
