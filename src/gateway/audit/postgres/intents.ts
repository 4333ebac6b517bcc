import { type Query } from './connection.js';
import * as queries from './queries.js';

/** No statement that stores a record takes longer. A position that was assigned and is still empty by then stays empty. */
const givenMs = 5000;

/**
 * Finds the intents that have not ended. Reading years of them at each pass would take seconds, so those before the first
 * open one are not read again: an end is never taken back. By position rather than by time: replicas' clocks may differ.
 */
export class PostgresIntents {
  /** All intents up to this position have ended. */
  private settled = 0;
  /** The last position seen, and when. `waitMs` later no transaction can still fill a position up to it. */
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
