import pg from 'pg';
import { type Head } from './event.js';
import { connectionConfig, PostgresConnection, type Query } from './postgres-connection.js';
import { sqlState, storeError } from './postgres-errors.js';
import { PostgresIntents } from './postgres-intents.js';
import * as queries from './postgres-queries.js';
import { allowPruning, migrate } from './postgres-schema.js';
import { begin, commit, refuseUnsafe, transaction, unsafe } from './postgres-transaction.js';
import { type AuditRecord, type StoredRecord } from './record.js';
import {
  type Appended,
  type AuditFilter,
  type AuditStore,
  AuditStoreError,
  type EventName,
  type PageEnd,
} from './store.js';

/** For what a change waits for; its writer waits 1.5 s. */
const writeMs = 1400;
const readMs = 5000;
/** For what goes through everything, where nobody waits for the answer. */
const toolMs = 10 * 60 * 1000;
const mostReaders = 2;
const recordsPerBatch = 500;

type Row = Readonly<Record<string, unknown>>;

/**
 * The log in PostgreSQL, which replicas share. What is written has a connection of its own, so that no search delays it;
 * it is let go of whenever it is not known what it did.
 */
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
    // Of one that nobody uses now: it is gone from the pool, and there is nothing to do.
    this.readers.on('error', () => undefined);
    this.readers.on('connect', (client) => {
      this.reading.add(client);
      // Of one in use: what it was asked fails, and says so.
      client.on('error', () => undefined);
    });
    this.readers.on('remove', (client) => this.reading.delete(client));
  }

  async open(): Promise<void> {
    if (this.isClosed) throw new AuditStoreError('The audit store is closed.', false);
    this.writer?.destroy();
    this.writer = null;
    // It may come back with less than it had.
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

  /** Where records are written: whoever begins a chain asks this, and shall not wait for a search. */
  async heads(): Promise<Head[]> {
    return (await this.writing((query) => transaction(query, writeMs, queries.heads))).map(headOf);
  }

  async missing(heads: readonly Head[]): Promise<Head[]> {
    const values = (['writer', 'seq', 'hash'] as const).map((member) => heads.map((head) => head[member]));
    const work = (query: Query) => transaction(query, writeMs, queries.missing, values);
    return (await this.writing(work)).map(headOf);
  }

  async openIntents(before: string, most: number): Promise<string[]> {
    // The first time it goes through all of them, which may take seconds: not on the searches' connections.
    const work = this.tool(async (query) => {
      await query(begin(toolMs, 'READ COMMITTED READ ONLY'));
      const open = await this.intents.open(query, before, most);
      await query('COMMIT');
      return open;
    });
    return understood(work);
  }

  async search(filter: AuditFilter, after: PageEnd | null, most: number): Promise<StoredRecord[]> {
    return (await this.reads(queries.search(filter, after, most))).map(storedRecord);
  }

  async find({ op_id, stage }: EventName): Promise<StoredRecord | null> {
    const [row] = await this.reads({ text: queries.find, values: [op_id, stage] });
    return row ? storedRecord(row) : null;
  }

  async *all(range: { from?: string; to?: string } = {}): AsyncIterable<StoredRecord[]> {
    const connection = await understood(PostgresConnection.open(this.options.url));
    try {
      const ask = (work: (query: Query) => Promise<readonly Row[]>) =>
        understood(connection.within(toolMs, work));
      await ask(async (query) => {
        await query(begin(toolMs, 'REPEATABLE READ READ ONLY'));
        await query(queries.withoutIndexes);
        const { text: declare, values } = queries.allByChain(range);
        return query(declare, values);
      });
      for (;;) {
        const rows = await ask((query) => query(`FETCH ${recordsPerBatch} FROM every_record`));
        if (rows.length === 0) return;
        yield rows.map(storedRecord);
      }
    } finally {
      await connection.close();
    }
  }

  async damage(): Promise<string | null> {
    try {
      await this.tool(async (query) => {
        await query(begin(toolMs, 'READ COMMITTED READ ONLY'));
        await query(queries.withoutIndexes);
        await query('SELECT sum(length(body) + length(hash)) FROM audit_records');
      });
      return null;
    } catch (error) {
      // Damaged data, or files that cannot be read: it says which block of which file, and nothing that stands there.
      if (/^(XX|58)/.test(sqlState(error) ?? '')) return (error as Error).message;
      throw storeError(error);
    }
  }

  async prune(upTo: readonly Head[], tombstone: AuditRecord): Promise<void> {
    const ends = [upTo.map(({ writer }) => writer), upTo.map(({ seq }) => seq)];
    const work = this.tool(async (query) => {
      await query(begin(toolMs));
      await query(allowPruning);
      await query(queries.remove, ends);
      await query('INSERT INTO audit_records (body, hash) VALUES ($1, $2)', [tombstone.body, tombstone.hash]);
      await query(commit);
    });
    await work.catch((error: unknown) => {
      if (sqlState(error) !== '42501') throw storeError(error);
      throw new AuditStoreError('Only the owner of the audit tables may prune them (SQLSTATE 42501).');
    });
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const late = setTimeout(() => this.reading.forEach((client) => client.connection.stream.destroy()), 500);
    await Promise.all([this.writer?.close(), this.readers.end()]);
    clearTimeout(late);
    this.writer = null;
  }

  /** Between two pieces of work: nothing is in doubt. */
  private async openWhereLost(): Promise<void> {
    if (this.writer?.isLost) await this.open();
  }

  /** What fails may have been done all the same: the connection goes, and with it all that was asked. */
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
      // It may still be at work, or its connection gone.
      client.release(true);
      throw storeError(error);
    }
  }

  private async tool<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const connection = await understood(PostgresConnection.open(this.options.url));
    try {
      return await connection.within(toolMs, work);
    } finally {
      await connection.close();
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
    // Another replica was quicker by a moment. Now what it stored is seen.
    return append();
  });
  refuseUnsafe(answer?.['unsafe']);
  // The cast holds: these are the names of records that were given.
  const duplicates = answer?.['known'] as EventName[] | null | undefined;
  if (duplicates) return { duplicates };
  if (answer?.['stored'] !== records.length)
    throw new AuditStoreError(
      'PostgreSQL stored less than it was given: audit_records has a rule or a trigger.',
    );
  return 'stored';
}

function storedRecord(row: Row): StoredRecord {
  return { position: Number(row['position']), body: text(row, 'body'), hash: text(row, 'hash') };
}

function headOf(row: Row): Head {
  return { writer: text(row, 'writer'), seq: Number(row['seq']), hash: text(row, 'hash') };
}

function text(row: Row, column: string): string {
  return String(row[column]);
}

function understood<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw storeError(error);
  });
}
