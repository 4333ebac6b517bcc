import { randomUUIDv7 } from 'node:crypto';
import { type AuditEvent } from '../record/event.js';

const windowMs = 60_000;
/** Kinds per minute. All further kinds are counted as one. */
const mostKinds = 500;

/** Bounds the number of events: appends the first event of a kind at once, and the number of further ones after a minute. */
export class Coalescer {
  private readonly seen = new Map<string, { event: AuditEvent; more: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly append: (event: AuditEvent) => void) {}

  /** @param kind events of equal kind are counted together */
  add(kind: string, event: AuditEvent): void {
    this.timer ??= setTimeout(() => this.flush(), windowMs).unref();
    const seen = this.seen.get(kind);
    if (seen) {
      seen.event = event;
      seen.more += 1;
    } else if (this.seen.size < mostKinds) {
      this.seen.set(kind, { event, more: 0 });
      this.append(event);
    } else {
      const { op_id, stage, ts, action } = event;
      const others = `${stage} of others`;
      const more = (this.seen.get(others)?.more ?? 0) + 1;
      this.seen.set(others, { event: { op_id, stage, ts, ...(action && { action }) }, more });
    }
  }

  /** Appends the counts, and begins the next minute. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const { event, more } of this.seen.values())
      if (more > 0) this.append({ ...event, op_id: randomUUIDv7(), count: more });
    this.seen.clear();
  }
}
