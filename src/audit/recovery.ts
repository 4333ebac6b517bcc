import { type AuditWriter } from './audit-writer.js';
import { type AuditEvent, type ChainedEvent } from './event.js';
import { type AuditStore } from './store.js';

const everyMs = 30_000;
/** A change takes less than 50 s from its intent to its outcome: after this, whoever made it is gone. */
const givenUpAfterMs = 60_000;
const mostAtOnce = 500;

/**
 * Ends what a crash left open: an intent without an outcome is `unknown`, since no credential is kept with which
 * Cloudflare could be asked. All replicas do this; the name of an event lets only one of them say it.
 */
export class Recovery {
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: AuditStore,
    private readonly writer: AuditWriter,
    private readonly options: { readonly givenUpAfterMs: number } = { givenUpAfterMs },
  ) {
    this.timer = setInterval(() => void this.run(), everyMs);
    this.timer.unref();
    void this.writer.opened().then(() => this.run());
  }

  /** Resolves when it is done, also where it could not be. */
  run(): Promise<void> {
    this.running = this.running.then(() => this.recover()).catch(() => undefined);
    return this.running;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async recover(): Promise<void> {
    if (!this.writer.isHealthy) return;
    const before = new Date(Date.now() - this.options.givenUpAfterMs).toISOString();
    for (;;) {
      const open = await this.store.openIntents(before, mostAtOnce);
      await Promise.all(open.map((body) => this.writer.append(unknown(JSON.parse(body) as ChainedEvent))));
      if (open.length < mostAtOnce) return;
    }
  }
}

/** Its place in a chain stays behind: it is given another. */
function unknown(intent: ChainedEvent): AuditEvent {
  return {
    ...intent,
    stage: 'outcome',
    entry: 'recovery',
    ts: new Date().toISOString(),
    result: { status: 'unknown', reason: 'no_outcome' },
  };
}
