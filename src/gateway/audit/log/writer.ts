import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUIDv7 } from 'node:crypto';
import { type AuditEvent, type Checkpoint, type Head } from '../record/event.js';
import { inTime } from './in-time.js';
import { type AuditKeys } from '../record/keys.js';
import { type AuditRecord, chained, newEvent } from '../record/record.js';
import { type Appended, type AuditStore, AuditStoreError } from '../record/store.js';
import { keptOf, nameOf, sizeOf, storedAgain, storeError, takeBatch, type Waiting } from './queue.js';

interface AuditWriterOptions {
  readonly store: AuditStore;
  readonly keys: AuditKeys;
  /** Called on each change: why the store cannot be written, or null if it can. */
  readonly onHealth: (trouble: string | null) => void;
  /** Keeps a checkpoint outside the store: a chain alone does not show that its end is missing. */
  readonly publish: (checkpoint: Checkpoint, by: Head) => void;
  /** Gets each record when it is durable, in the order of the chain. */
  readonly copy?: ((record: AuditRecord) => void) | undefined;
  readonly times?: Partial<typeof usualTimes>;
}

const usualTimes = {
  /** A commit that takes longer has failed. */
  commitMs: 1500,
  /** Between attempts to open a store that failed. */
  againMs: 250,
  checkpointMs: 60_000,
  /** Between checks that the store is still there. */
  probeMs: 10_000,
};
const eventsPerCheckpoint = 1000;
/** Bound of the queue. Changes in flight are bounded too, so only events that may be lost reach it. */
const mostKept = 10_000;

/**
 * The one chain of this process. Stores events in batches, in the order they arrive. After a failure it is unknown what
 * was stored, so the writer begins a new chain, which names the one it follows.
 */
export class AuditWriter {
  private readonly waiting: Waiting[] = [];
  private readonly times: typeof usualTimes;
  private head: Head | null = null;
  /** The heads of all chains as last read; of the own chain, as last acknowledged. */
  private known: Head[] = [];
  /** Stored intents that have not ended. If the store loses them, the next chain stores them again. */
  private readonly open = new Map<string, AuditEvent>();
  private trouble: string | null = 'opening';
  private sinceCheckpoint = 0;
  private isClosing = false;
  private running: Promise<void> | null = null;
  private isProbeDue = false;
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly tried = Promise.withResolvers<void>();

  constructor(private readonly options: AuditWriterOptions) {
    this.times = { ...usualTimes, ...options.times };
  }

  /** Starts the timers, and attempts to open the store until that succeeds. Resolves after the first attempt. */
  start(): Promise<void> {
    const { checkpointMs, probeMs } = this.times;
    this.options.onHealth(this.trouble);
    this.timers.push(
      setInterval(() => this.checkpointSoon(), checkpointMs).unref(),
      setInterval(() => this.probeSoon(), probeMs).unref(),
    );
    this.wake();
    return this.tried.promise;
  }

  get isHealthy(): boolean {
    return this.trouble === null;
  }

  /**
   * Resolves when the event is durable.
   *
   * @throws AuditStoreError at once if the store is known to fail; otherwise the event may be stored nevertheless
   */
  async append(event: AuditEvent): Promise<Head | 'duplicate'> {
    if (!this.isHealthy)
      throw new AuditStoreError(`The audit store cannot be written: ${this.trouble}.`, false);
    return this.enqueue(event, false);
  }

  /** As `append`, but the event waits while the store is away. */
  keep(event: AuditEvent): Promise<Head | 'duplicate'> {
    if (this.waiting.length >= mostKept)
      return Promise.reject(new AuditStoreError('Too much waits for the audit store already.', false));
    return this.enqueue(event, true);
  }

  /** Stores the waiting events, signs a last checkpoint, and closes the store. */
  async close(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    if (this.isHealthy && this.sinceCheckpoint > 0) this.sinceCheckpoint = eventsPerCheckpoint;
    this.isClosing = true;
    if (this.timers.length > 0) this.wake();
    await this.running;
    for (const { reject } of this.waiting.splice(0))
      reject(new AuditStoreError('The gateway is stopping.', false));
    await this.options.store.close();
  }

  private async enqueue(event: AuditEvent, isKept: boolean): Promise<Head | 'duplicate'> {
    if (this.isClosing) throw new AuditStoreError('The gateway is stopping.', false);
    const size = sizeOf(event);
    return new Promise((resolve, reject) => {
      this.waiting.push({ event, size, resolve, reject, isKept });
      this.wake();
    });
  }

  private wake(): void {
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // Events of one turn of the event loop are stored together.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.head || this.isAnythingDue) {
      try {
        if (!this.head) await this.begin();
        else if (this.isCheckpointDue) await this.checkpoint(this.head);
        else if (this.isProbeDue) await this.probe();
        else await this.commit(takeBatch(this.waiting));
      } catch (error) {
        this.fail(error);
        // A stopping process does not wait for a store that is away.
        if (this.isClosing) break;
        await sleep(this.times.againMs);
      }
    }
    // In the same turn as the check above: an event that arrives between the two would wake no run.
    this.running = null;
  }

  private get isAnythingDue(): boolean {
    return this.waiting.length > 0 || this.sinceCheckpoint >= eventsPerCheckpoint || this.isProbeDue;
  }

  /** The last checkpoint comes after all other events. */
  private get isCheckpointDue(): boolean {
    return this.sinceCheckpoint >= eventsPerCheckpoint && !(this.isClosing && this.waiting.length > 0);
  }

  /** Begins a chain after the heads in the store and those that the store has lost: the log itself shows what is missing. */
  private async begin(): Promise<void> {
    const { store, keys } = this.options;
    await this.inTime(store.open());
    const lost = await this.inTime(store.missing(this.known));
    const follows = [...(await this.inTime(store.heads())), ...lost];
    const event = { ...newEvent('writer'), follows };
    const { record, head } = chained(event, { writer: randomUUIDv7(), seq: 0, hash: '' }, keys.current);
    await this.store([record]);
    this.head = head;
    this.known = follows;
    this.waiting.unshift(...Array.from(this.open.values(), storedAgain));
    this.sinceCheckpoint = Math.max(1, this.sinceCheckpoint);
    this.say(null);
  }

  private async commit(batch: Waiting[]): Promise<void> {
    let left = batch;
    try {
      while (left.length > 0) {
        const links = this.chain(left);
        const appended = await this.store(links.map(({ record }) => record));
        if (appended === 'stored') {
          this.sinceCheckpoint += left.length;
          for (const { waiting, head } of links) {
            this.head = head;
            this.acknowledge(waiting, head);
          }
          return;
        }
        const known = new Set(appended.duplicates.map(nameOf));
        const isKnown = ({ event }: Waiting) => known.has(nameOf(event));
        for (const each of left.filter(isKnown)) this.acknowledge(each, 'duplicate');
        left = left.filter((each) => !isKnown(each));
      }
    } catch (error) {
      this.waiting.unshift(...keptOf(left, storeError(error)));
      throw error;
    }
  }

  private async checkpoint(own: Head): Promise<void> {
    const { store, keys, publish } = this.options;
    const heads = await this.inTime(store.heads());
    const checkpoint = this.signed(heads);
    const event = { ...newEvent('checkpoint'), checkpoint };
    const { record, head } = chained(event, own, keys.current);
    await this.store([record]);
    this.head = head;
    this.known = heads;
    this.sinceCheckpoint = 0;
    publish(checkpoint, head);
  }

  private signed(heads: readonly Head[]): Checkpoint {
    return { heads, signature: this.options.keys.sign({ heads }) };
  }

  private acknowledge({ event, resolve }: Waiting, stored: Head | 'duplicate'): void {
    const { op_id, stage } = event;
    if (stage === 'intent' && stored !== 'duplicate') this.open.set(op_id, event);
    if (stage === 'outcome' || stage === 'not_sent') this.open.delete(op_id);
    resolve(stored);
  }

  private async probe(): Promise<void> {
    this.isProbeDue = false;
    await this.inTime(this.options.store.probe());
  }

  private chain(batch: readonly Waiting[]): { waiting: Waiting; record: AuditRecord; head: Head }[] {
    const key = this.options.keys.current;
    let head = this.head as Head;
    return batch.map((waiting) => {
      const next = chained(waiting.event, head, key);
      head = next.head;
      return { waiting, ...next };
    });
  }

  private async store(records: readonly AuditRecord[]): Promise<Appended> {
    const { store, copy } = this.options;
    const appended = await this.inTime(store.append(records));
    if (copy && appended === 'stored') for (const record of records) copy(record);
    return appended;
  }

  private fail(error: unknown): void {
    this.rememberHead();
    const { message } = storeError(error);
    this.say(message);
    this.waiting.push(...keptOf(this.waiting.splice(0), new AuditStoreError(message, false)));
  }

  /** The store may have lost the head, so it is published too. */
  private rememberHead(): void {
    const { head } = this;
    if (!head) return;
    this.head = null;
    this.known = [...this.known.filter(({ writer }) => writer !== head.writer), head];
    this.options.publish(this.signed(this.known), head);
  }

  private say(trouble: string | null): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.options.onHealth(trouble);
    this.tried.resolve();
  }

  private probeSoon(): void {
    if (!this.isHealthy) return;
    this.isProbeDue = true;
    this.wake();
  }

  private checkpointSoon(): void {
    if (this.sinceCheckpoint === 0) return;
    this.sinceCheckpoint = eventsPerCheckpoint;
    this.wake();
  }

  private inTime<T>(done: Promise<T>): Promise<T> {
    return inTime(this.times.commitMs, done);
  }
}
