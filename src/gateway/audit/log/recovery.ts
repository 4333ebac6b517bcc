import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  Optional,
} from '@nestjs/common';
import { AuditWriter } from './writer.js';
import { type AuditEvent, type ChainedEvent } from '../record/event.js';
import { AUDIT_STORE, type AuditStore } from '../record/store.js';

const everyMs = 30_000;
/** A change takes less than 50 s from its intent to its outcome. */
const givenUpAfterMs = 60_000;
const mostAtOnce = 500;

/**
 * Records the outcome `unknown` of intents that a crash left open: no credential is kept for a call to Cloudflare. All
 * replicas do this; the name of an event is unique, so one of them stores the outcome.
 */
@Injectable()
export class Recovery implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    private readonly writer: AuditWriter,
    @Optional() private readonly options: { readonly givenUpAfterMs: number } = { givenUpAfterMs },
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.run(), everyMs).unref();
    void this.run();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** Resolves after the pass, also after one that failed. */
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

/** The writer replaces the place of the intent in its chain. */
function unknown(intent: ChainedEvent): AuditEvent {
  return {
    ...intent,
    stage: 'outcome',
    entry: 'recovery',
    ts: new Date().toISOString(),
    result: { status: 'unknown', reason: 'no_outcome' },
  };
}
