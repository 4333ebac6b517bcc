import { type Query } from './connection.js';
import * as queries from './queries.js';

/** Longer than any statement that stores a record: a position that is empty after this time stays empty. */
const givenMs = 5000;

/**
 * Finds the intents that have not ended. To read years of them at each pass would take seconds, so those before the first
 * open one are not read again. By position, because the clocks of replicas may differ.
 */
export class PostgresIntents {
  /** All intents up to this position have ended. */
  private settled = 0;
  /** `waitMs` after `at`, no transaction can still fill a position up to `last`. */
  private seen: { readonly last: number; readonly at: number } | null = null;

  constructor(private readonly waitMs = givenMs) {}

  /** The texts of open intents from before `before`, the oldest first. */
  async open(query: Query, before: string, most: number): Promise<string[]> {
    const now = performance.now();
    const [{ last = 0 } = {}] = await query(queries.lastIntent);
    if (this.seen && now - this.seen.at >= this.waitMs) {
      const [{ first } = {}] = await query(queries.firstOpenIntent, [this.settled]);
      this.settled = Math.max(this.settled, Math.min(this.seen.last, Number(first ?? Infinity) - 1));
      this.seen = null;
    }
    this.seen ??= { last: Number(last), at: now };
    const open = await query(queries.openIntents, [before, most, this.settled]);
    return open.map(({ body }) => String(body));
  }
}
