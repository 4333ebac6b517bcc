import { type Head } from './event.js';
import { type AuditRecord, type StoredRecord } from './record.js';
import { type SqliteAppender } from './sqlite-appender.js';
import { type SqliteReader } from './sqlite-reader.js';
import { SqliteThread } from './sqlite-thread.js';
import {
  type Appended,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type EventName,
  type PageEnd,
} from './store.js';

export interface SqliteStoreOptions {
  readonly path: string;
  /** How long to wait for a lock of another process. */
  readonly busyMs?: number;
}

/**
 * The log in a file, for one machine. A thread writes and another reads: no sync of the disk stops the gateway, and no
 * search stops a change. What only reads needs no `open`, so a file that cannot be opened can still be asked what is wrong.
 */
export class SqliteStore implements AuditStore {
  private appender: SqliteThread<SqliteAppender> | null = null;
  private reader: SqliteThread<SqliteReader> | null = null;

  constructor(private readonly options: SqliteStoreOptions) {}

  async open(): Promise<void> {
    // Whoever opens again has waited long enough for what is still under way.
    if (!this.appender?.isIdle) {
      this.appender?.giveUp();
      this.appender = new SqliteThread({ ...this.place, side: 'append' });
    }
    // First: connections of one process share their view of a file, also of one that is not there any more.
    await this.appender.ask('letGo');
    if (this.reader?.isUsable) await this.reader.ask('letGo');
    return this.appender.ask('open');
  }

  async append(records: readonly AuditRecord[]): Promise<Appended> {
    return this.opened.ask('append', records);
  }

  async probe(): Promise<void> {
    return this.opened.ask('probe');
  }

  async heads(): Promise<Head[]> {
    return this.opened.ask('heads');
  }

  async missing(heads: readonly Head[]): Promise<Head[]> {
    return this.opened.ask('missing', heads);
  }

  async openIntents(before: string, most: number): Promise<string[]> {
    return this.reading.ask('openIntents', before, most);
  }

  async search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]> {
    return this.reading.ask('search', filter, after, most);
  }

  async find(name: EventName): Promise<StoredRecord | null> {
    return this.reading.ask('find', name);
  }

  async *all(range: { from?: string; to?: string } = {}): AsyncGenerator<StoredRecord[]> {
    const { reading } = this;
    const walk = await reading.ask('beginWalk', range);
    try {
      for (;;) {
        const records = await reading.ask('walk', walk);
        if (records.length === 0) return;
        yield records;
      }
    } finally {
      await reading.ask('endWalk', walk).catch(() => undefined);
    }
  }

  async damage(): Promise<string | null> {
    return this.reading.ask('damage');
  }

  async prune(upTo: readonly Head[], tombstone: AuditRecord): Promise<void> {
    return this.opened.ask('prune', upTo, tombstone);
  }

  /** The reader first: what it holds would keep the write-ahead log from being emptied. */
  async close(): Promise<void> {
    const { appender, reader } = this;
    this.appender = null;
    this.reader = null;
    await reader?.end();
    await appender?.end();
  }

  private get place() {
    const { path, busyMs = 1000 } = this.options;
    return { path, busyMs };
  }

  private get opened(): SqliteThread<SqliteAppender> {
    if (!this.appender) throw new AuditStoreError('The audit store is not open.');
    return this.appender;
  }

  private get reading(): SqliteThread<SqliteReader> {
    if (!this.reader?.isUsable) this.reader = new SqliteThread({ ...this.place, side: 'read' });
    return this.reader;
  }
}
