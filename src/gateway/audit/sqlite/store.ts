import { type Head } from '../record/event.js';
import { type AuditRecord, type StoredRecord } from '../record/record.js';
import { type SqliteAppender } from './worker/appender.js';
import { type SqlitePlace } from './worker/connection.js';
import { type SqliteReader } from './worker/reader.js';
import { SqliteThread } from './thread.js';
import {
  type Appended,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type EventName,
  type PageEnd,
} from '../record/store.js';

/** The log in a file, for one machine. One thread writes and another reads, so that no search delays a change. */
export class SqliteStore implements AuditStore {
  private appender: SqliteThread<SqliteAppender> | null = null;
  private reader: SqliteThread<SqliteReader> | null = null;
  private readonly place: SqlitePlace;

  constructor({ path, busyMs = 1000 }: Pick<SqlitePlace, 'path'> & Partial<SqlitePlace>) {
    this.place = { path, busyMs };
  }

  async open(): Promise<void> {
    // A second `open` means that the caller has given up on calls that are still pending.
    if (!this.appender?.isIdle) {
      this.appender?.giveUp();
      this.appender = new SqliteThread({ ...this.place, side: 'append' });
    }
    // First, because the connections of a process share their view of a file, also of a removed one.
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

  /** The reader first: while it is open, the write-ahead log cannot be emptied. */
  async close(): Promise<void> {
    const { appender, reader } = this;
    this.appender = null;
    this.reader = null;
    await reader?.end();
    await appender?.end();
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
