import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUIDv7 } from 'node:crypto';
import { type AuditEvent, type Checkpoint, type Head } from '../record/event.js';
import { inTime } from './in-time.js';
import { type AuditKeys } from '../record/keys.js';
import { type AuditRecord, chained, newEvent } from '../record/record.js';
import { type Appended, type AuditStore, AuditStoreError } from '../record/store.js';
import { nameOf, sizeOf, storedAgain, storeError, takeBatch, type Waiting } from './queue.js';

export interface AuditWriterOptions {
  readonly store: AuditStore;
  readonly keys: AuditKeys;
  /** Called when it changes whether the store can be written; null where it can, else why not. */
  readonly onHealth: (trouble: string | null) => void;
  /** Puts a checkpoint out of reach of those who can change the store: a chain alone does not show that its end is missing. */
  readonly publish: (checkpoint: Checkpoint, by: Head) => void;
  readonly times?: Partial<Times>;
}

interface Times {
  /** A commit that takes longer has failed. */
  readonly commitMs: number;
  /** Between attempts to open a store that failed. */
  readonly againMs: number;
  readonly checkpointMs: number;
  /** Between checks that the store is still there. */
  readonly probeMs: number;
}

const usualTimes: Times = { commitMs: 1500, againMs: 250, checkpointMs: 60_000, probeMs: 10_000 };
const eventsPerCheckpoint = 1000;
/** Events that wait for a store that is away. Changes in flight are bounded, so only events that may be lost reach it. */
const mostKept = 10_000;

/**
 * The one chain of this process. Stores events in batches, in the order they arrive. After a failure it is unknown what
 * was stored, so the writer begins a new chain, which names the one it follows.
 */
export class AuditWriter {
  private readonly waiting: Waiting[] = [];
  private readonly times: Times;
  private head: Head | null = null;
  /** The heads of all chains as last read; of its own, as last acknowledged. */
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

  /** Opens the store, again and again where that fails, and starts the timers. Resolves after the first attempt. */
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
   * @throws AuditStoreError at once where the store is known to fail; otherwise the event may be stored nevertheless
   */
  async append(event: AuditEvent): Promise<Head | 'duplicate'> {
    if (!this.isHealthy)
      throw new AuditStoreError(`The audit store cannot be written: ${this.trouble}.`, false);
    return this.enqueue(event, false);
  }

  /** The same for an event that must not be lost: it waits while the store is away. */
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

  /**
   * Begins a chain that follows all chains that no other follows, and those that the store has lost: then the log itself
   * shows that records are missing.
   */
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
        const { records, heads } = this.chain(left.map(({ event }) => event));
        const appended = await this.store(records);
        if (appended === 'stored') {
          this.head = heads.at(-1) ?? this.head;
          this.sinceCheckpoint += left.length;
          left.splice(0).forEach((each, index) => this.acknowledge(each, heads[index] as Head));
          return;
        }
        const known = new Set(appended.duplicates.map(nameOf));
        const isKnown = ({ event }: Waiting) => known.has(nameOf(event));
        for (const each of left.filter(isKnown)) this.acknowledge(each, 'duplicate');
        left = left.filter((each) => !isKnown(each));
      }
    } catch (error) {
      const lost = left.filter(({ isKept }) => !isKept);
      this.waiting.unshift(...left.filter(({ isKept }) => isKept));
      for (const { reject } of lost) reject(storeError(error));
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

  private chain(events: readonly AuditEvent[]): { records: AuditRecord[]; heads: Head[] } {
    const key = this.options.keys.current;
    const records: AuditRecord[] = [];
    const heads: Head[] = [];
    let head = this.head as Head;
    for (const event of events) {
      const next = chained(event, head, key);
      ({ head } = next);
      records.push(next.record);
      heads.push(head);
    }
    return { records, heads };
  }

  private store(records: readonly AuditRecord[]): Promise<Appended> {
    return this.inTime(this.options.store.append(records));
  }

  private fail(error: unknown): void {
    this.rememberHead();
    this.say(storeError(error).message);
    // Only kept events wait until the store is back.
    const kept = this.waiting.filter(({ isKept }) => isKept);
    const { message } = storeError(error);
    for (const { reject } of this.waiting.filter(({ isKept }) => !isKept))
      reject(new AuditStoreError(message, false));
    this.waiting.splice(0, this.waiting.length, ...kept);
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
