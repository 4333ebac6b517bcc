import { type AuditEvent } from './event.js';

const windowMs = 60_000;
/** How many different ones a minute; what is beyond is counted in one. */
const mostKinds = 500;

interface Seen {
  event: AuditEvent;
  more: number;
}

/** Tells what may come in floods: the first of its kind at once, and after a minute how many more there were. */
export class Coalescer {
  private readonly seen = new Map<string, Seen>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly append: (event: AuditEvent) => void,
    private readonly newId: () => string,
  ) {
    this.timer = setInterval(() => this.flush(), windowMs);
    this.timer.unref();
  }

  /** @param kind what is alike is counted together */
  add(kind: string, event: AuditEvent): void {
    const seen = this.seen.get(kind);
    if (seen) {
      seen.event = event;
      seen.more += 1;
    } else if (this.seen.size < mostKinds) {
      this.seen.set(kind, { event, more: 0 });
      this.append(event);
    } else {
      const { op_id, stage, ts, action } = event;
      this.addTo(`${stage} of others`, { op_id, stage, ts, ...(action && { action }) });
    }
  }

  /** Tells what was only counted until now. */
  flush(): void {
    for (const { event, more } of this.seen.values())
      if (more > 0) this.append({ ...event, op_id: this.newId(), count: more });
    this.seen.clear();
  }

  close(): void {
    clearInterval(this.timer);
    this.flush();
  }

  private addTo(kind: string, event: AuditEvent): void {
    const seen = this.seen.get(kind);
    this.seen.set(kind, { event, more: (seen?.more ?? 0) + 1 });
  }
}
