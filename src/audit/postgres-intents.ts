import { type Query } from './postgres-connection.js';
import * as queries from './postgres-queries.js';

/** No statement that stores a record takes longer: what is not there by then, at a place that was given, never comes. */
const givenMs = 5000;

/**
 * Finds the intents that came to no end. With years of them, going through all each time would take seconds: those before
 * the first open one are not looked at again, as nothing takes back an end.
 */
export class PostgresIntents {
  /** All intents up to there have come to an end. */
  private settled = 0;
  /** The last place that was seen, and when: later, places up to there are not given any more. */
  private seen: { readonly last: number; readonly at: number } | null = null;

  constructor(private readonly waitMs = givenMs) {}

  /** The texts of those from before `before`, the oldest first. */
  async open(query: Query, before: string, most: number): Promise<string[]> {
    const now = performance.now();
    const [{ last = 0 } = {}] = await query(queries.lastIntent);
    if (this.seen && now - this.seen.at >= this.waitMs) {
      const [{ first } = {}] = await query(queries.firstOpenIntent, [this.settled]);
      // All are settled where none is open.
      this.settled = Math.max(this.settled, Math.min(this.seen.last, Number(first ?? Infinity) - 1));
      this.seen = null;
    }
    this.seen ??= { last: Number(last), at: now };
    const open = await query(queries.openIntents, [before, most, this.settled]);
    return open.map(({ body }) => String(body));
  }
}
