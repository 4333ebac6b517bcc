import { Injectable } from '@nestjs/common';

/** Whether this process should be given requests. */
@Injectable()
export class Readiness {
  state: 'starting' | 'ready' | 'draining' = 'starting';

  /** Reasons why the process is degraded, by component. It can still be given requests. */
  private readonly troubles = new Map<string, string>();

  private readonly told = new Set<string>();

  /** @param reason null when the trouble is over */
  trouble(what: string, reason: string | null): void {
    this.told.add(what);
    if (reason === null) this.troubles.delete(what);
    else this.troubles.set(what, reason);
  }

  /** Reasons why the process should get no requests, by component. */
  private readonly failures = new Map<string, string>();

  /** @param reason null when the failure is over */
  cannot(what: string, reason: string | null): void {
    this.told.add(what);
    if (reason === null) this.failures.delete(what);
    else this.failures.set(what, reason);
  }

  /** Such as `redis: timeout`; what keeps it from being ready comes first. */
  get reasons(): string[] {
    return [...this.failures, ...this.troubles].map(([what, reason]) => `${what}: ${reason}`);
  }

  /** Whether each component that was ever reported can be used now: `redis`, `audit`, `log`. */
  get usable(): ReadonlyMap<string, boolean> {
    const isUsable = (what: string) => !this.failures.has(what) && !this.troubles.has(what);
    return new Map([...this.told].map((what) => [what, isUsable(what)]));
  }

  get isReady(): boolean {
    return this.state === 'ready' && this.failures.size === 0;
  }
}
