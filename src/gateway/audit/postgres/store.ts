import pg from 'pg';
import { type Head } from '../record/event.js';
import { connectionConfig, PostgresConnection, type Query, type Row } from './connection.js';
import { sqlState, storeError, understood } from './errors.js';
import { PostgresIntents } from './intents.js';
import * as queries from './queries.js';
import { migrate } from './schema.js';
import { begin, commit, refuseUnsafe, transaction, unsafe } from './transaction.js';
import { type AuditRecord, type StoredRecord } from '../record/record.js';
import {
  type Appended,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type EventName,
  type PageEnd,
} from '../record/store.js';

/** Less than the 1.5 s after which the `AuditWriter` opens the store again. */
const writeMs = 1400;
const readMs = 5000;
/** Only the recovery waits for this. */
const intentsMs = 10 * 60 * 1000;
const mostReaders = 2;

/** The log in PostgreSQL, which replicas share. Writes have their own connection, so that no search delays them. */
export class PostgresStore implements AuditStore {
  private writer: PostgresConnection | null = null;
  private readonly readers: pg.Pool;
  private readonly reading = new Set<pg.PoolClient>();
  private intents = new PostgresIntents();
  private isClosed = false;

  constructor(private readonly options: { readonly url: string }) {
    this.readers = new pg.Pool({
      ...connectionConfig(options.url),
      query_timeout: readMs,
      max: mostReaders,
    });
    // The error of an idle client, which the pool has removed already.
    this.readers.on('error', () => undefined);
    this.readers.on('connect', (client) => {
      this.reading.add(client);
      // The query of a client in use fails with the error too.
      client.on('error', () => undefined);
    });
    this.readers.on('remove', (client) => this.reading.delete(client));
  }

  async open(): Promise<void> {
    if (this.isClosed) throw new AuditStoreError('The audit store is closed.', false);
    this.writer?.destroy();
    this.writer = null;
    // A server that comes back may lack outcomes that it had.
    this.intents = new PostgresIntents();
    const start = performance.now();
    const writer = await understood(PostgresConnection.open(this.options.url));
    try {
      await understood(writer.within(writeMs - (performance.now() - start), prepare));
    } catch (error) {
      writer.destroy();
      throw error;
    }
    this.writer = writer;
  }

  async append(records: readonly AuditRecord[]): Promise<Appended> {
    await this.openWhereLost();
    return this.writing((query) => appendTo(query, records));
  }

  async probe(): Promise<void> {
    await this.openWhereLost();
    const [checked] = await this.writing((query) => transaction(query, writeMs, queries.probe));
    refuseUnsafe(checked?.['unsafe']);
  }

  /** On the connection for writes: the beginning of a chain does not wait for a search. */
  async heads(): Promise<Head[]> {
    return (await this.writing((query) => transaction(query, writeMs, queries.heads))).map(queries.headOf);
  }

  async missing(heads: readonly Head[]): Promise<Head[]> {
    const values = (['writer', 'seq', 'hash'] as const).map((member) => heads.map((head) => head[member]));
    const work = (query: Query) => transaction(query, writeMs, queries.missing, values);
    return (await this.writing(work)).map(queries.headOf);
  }

  async openIntents(before: string, most: number): Promise<string[]> {
    // On a connection of its own, because the first call reads all intents, which may take seconds.
    const work = PostgresConnection.during(this.options.url, intentsMs, async (query) => {
      await query(begin(intentsMs, 'READ COMMITTED READ ONLY'));
      const open = await this.intents.open(query, before, most);
      await query('COMMIT');
      return open;
    });
    return understood(work);
  }

  async search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]> {
    return (await this.reads(queries.search(filter, after, most))).map(queries.storedRecord);
  }

  async find({ op_id, stage }: EventName): Promise<StoredRecord | null> {
    const [row] = await this.reads({ text: queries.find, values: [op_id, stage] });
    return row ? queries.storedRecord(row) : null;
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const late = setTimeout(() => this.reading.forEach((client) => client.connection.stream.destroy()), 500);
    await Promise.all([this.writer?.close(), this.readers.end()]);
    clearTimeout(late);
    this.writer = null;
  }

  /** A connection that was lost between two pieces of work leaves no write in doubt. */
  private async openWhereLost(): Promise<void> {
    if (this.writer?.isLost) await this.open();
  }

  /** A failed statement may have taken effect: the connection is closed, and later calls fail until `open`. */
  private async writing<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const { writer } = this;
    if (!writer) throw new AuditStoreError('The audit store is not open.', false);
    try {
      return await understood(writer.within(writeMs, work));
    } catch (error) {
      writer.destroy();
      if (this.writer === writer) this.writer = null;
      throw error;
    }
  }

  private async reads({ text: asked, values }: queries.Statement): Promise<readonly Row[]> {
    if (this.isClosed) throw new AuditStoreError('The audit store is closed.', false);
    const client = await understood(this.readers.connect());
    const query: Query = async (text, given) => (await client.query<Row>(text, given)).rows;
    try {
      const rows = await transaction(query, readMs, asked, values, 'READ COMMITTED READ ONLY');
      client.release();
      return rows;
    } catch (error) {
      // Its query may still run, or its connection be closed.
      client.release(true);
      throw storeError(error);
    }
  }
}

async function prepare(query: Query): Promise<void> {
  await query(begin(writeMs));
  await migrate(query);
  const [checked] = await query(unsafe);
  refuseUnsafe(checked?.['unsafe']);
  await query(commit);
}

async function appendTo(query: Query, records: readonly AuditRecord[]): Promise<Appended> {
  const values = [records.map(({ body }) => body), records.map(({ hash }) => hash)];
  const append = () => transaction(query, writeMs, queries.append, values);
  const [answer] = await append().catch((error: unknown) => {
    if (sqlState(error) !== '23505') throw error;
    // Another replica has just stored one of the events. The second attempt names it as a duplicate.
    return append();
  });
  refuseUnsafe(answer?.['unsafe']);
  // The cast holds: the statement makes these of the given records.
  const duplicates = answer?.['known'] as EventName[] | null | undefined;
  if (duplicates) return { duplicates };
  if (answer?.['stored'] !== records.length)
    throw new AuditStoreError(
      'PostgreSQL stored less than it was given: audit_records has a rule or a trigger.',
    );
  return 'stored';
}
