import { type Logger } from './logger.js';

interface What {
  /** Such as `redis`: the lines are `redis away` and `redis back`. */
  readonly name: string;
  readonly level: 'warn' | 'error';
  /** How long after it went its reason is known: that a connection closed is seen before why no other can be made. */
  readonly knownAfterMs: number;
}

/** One line for each reason why something is away, and one when it is back: attempts in between are many. */
export class AwayLog {
  private readonly logged = new Set<string>();
  private reason = '';
  private later: NodeJS.Timeout | undefined;

  constructor(
    private readonly log: Logger,
    private readonly what: What,
  ) {}

  away(reason: string): void {
    this.reason = reason;
    const { knownAfterMs } = this.what;
    if (knownAfterMs === 0) return this.say();
    this.later ??= setTimeout(() => this.say(), knownAfterMs).unref();
  }

  back(): void {
    clearTimeout(this.later);
    this.later = undefined;
    if (this.logged.size > 0) this.log.info(`${this.what.name} back`);
    this.logged.clear();
  }

  private say(): void {
    this.later = undefined;
    if (this.logged.has(this.reason)) return;
    this.logged.add(this.reason);
    this.log[this.what.level]({ reason: this.reason }, `${this.what.name} away`);
  }
}
