import { Injectable } from '@nestjs/common';

/** Whether this process should be given requests. */
@Injectable()
export class Readiness {
  state: 'starting' | 'ready' | 'draining' = 'starting';

  /** Why it does worse than it could, by what is wrong; it should be given requests all the same. */
  private readonly troubles = new Map<string, string>();

  /** @param reason null where the trouble is over */
  trouble(what: string, reason: string | null): void {
    if (reason === null) this.troubles.delete(what);
    else this.troubles.set(what, reason);
  }

  /** Why it should not be given requests, though it answers some. */
  private readonly failures = new Map<string, string>();

  /** @param reason null where it can again */
  cannot(what: string, reason: string | null): void {
    if (reason === null) this.failures.delete(what);
    else this.failures.set(what, reason);
  }

  /** Such as `redis: timeout`; what keeps it from being ready comes first. */
  get reasons(): string[] {
    return [...this.failures, ...this.troubles].map(([what, reason]) => `${what}: ${reason}`);
  }

  get isReady(): boolean {
    return this.state === 'ready' && this.failures.size === 0;
  }
}
