import { type SqliteAppender } from './worker/appender.js';
import { type SqlitePlace } from './worker/connection.js';
import { type SqliteReader } from './worker/reader.js';
import { SqliteThread } from './thread.js';
import { type AuditStore, AuditStoreError } from '../record/store.js';

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

  readonly append: AuditStore['append'] = async (records) => this.opened.ask('append', records);
  readonly probe: AuditStore['probe'] = async () => this.opened.ask('probe');
  readonly heads: AuditStore['heads'] = async () => this.opened.ask('heads');
  readonly missing: AuditStore['missing'] = async (heads) => this.opened.ask('missing', heads);

  readonly openIntents: AuditStore['openIntents'] = async (...args) =>
    this.reading.ask('openIntents', ...args);
  readonly search: AuditStore['search'] = async (...args) => this.reading.ask('search', ...args);
  readonly find: AuditStore['find'] = async (name) => this.reading.ask('find', name);

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
