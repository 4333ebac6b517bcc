import { Injectable } from '@nestjs/common';

/** The writes that have begun: a caller may hang up, but a change once begun is seen through, also while the process stops. */
@Injectable()
export class InFlight {
  private readonly writes = new Set<Promise<unknown>>();

  track<T>(write: Promise<T>): Promise<T> {
    this.writes.add(write);
    const forget = () => this.writes.delete(write);
    write.then(forget, forget);
    return write;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.writes.size > 0) await Promise.allSettled(this.writes);
  }
}
