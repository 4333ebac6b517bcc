import { type Head } from './event.js';
import { PostgresConnection, type Query } from './postgres-connection.js';
import { sqlState, storeError, understood } from './postgres-errors.js';
import { headOf, type Row, storedRecord } from './postgres-rows.js';
import * as queries from './postgres-archive-queries.js';
import { heads } from './postgres-queries.js';
import { migrate } from './postgres-schema.js';
import { begin, commit, transaction } from './postgres-transaction.js';
import { type AuditRecord, type StoredRecord } from './record.js';
import { type AuditArchive, AuditStoreError, type Range } from './store.js';

/** For work that reads the whole log. */
const limitMs = 10 * 60 * 1000;
const recordsPerBatch = 500;
const readOnly = 'READ COMMITTED READ ONLY';

export class PostgresArchive implements AuditArchive {
  constructor(private readonly options: { readonly url: string }) {}

  async *all(range: Range = {}): AsyncIterable<StoredRecord[]> {
    const connection = await understood(PostgresConnection.open(this.options.url));
    try {
      const ask = (work: (query: Query) => Promise<readonly Row[]>) =>
        understood(connection.within(limitMs, work));
      await ask(async (query) => {
        await query(begin(limitMs, 'REPEATABLE READ READ ONLY'));
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
      return await this.during(async (query) => {
        await query(begin(limitMs, readOnly));
        await query(queries.withoutIndexes);
        await query('SELECT sum(length(body) + length(hash)) FROM audit_records');
        const triggers = await query(queries.enabledTrigger);
        return triggers.length > 0 ? null : 'the trigger audit_records_stay is missing or disabled';
      });
    } catch (error) {
      // Damaged data or unreadable files: the message names the block and the file, and quotes no content.
      if (/^(XX|58)/.test(sqlState(error) ?? '')) return (error as Error).message;
      throw storeError(error);
    }
  }

  async heads(): Promise<Head[]> {
    const work = (query: Query) => transaction(query, limitMs, heads, [], readOnly);
    return (await understood(this.during(work))).map(headOf);
  }

  async prune(upTo: readonly Head[], records: readonly AuditRecord[]): Promise<void> {
    const ends = [upTo.map(({ writer }) => writer), upTo.map(({ seq }) => seq)];
    const work = this.during(async (query) => {
      await query(begin(limitMs));
      await migrate(query);
      await query(queries.allowPruning);
      await query(queries.remove, ends);
      for (const { body, hash } of records) await query(queries.insert, [body, hash]);
      await query(commit);
    });
    await work.catch((error: unknown) => {
      if (sqlState(error) !== '42501') throw storeError(error);
      throw new AuditStoreError('Only the owner of the audit tables may prune them (SQLSTATE 42501).');
    });
  }

  private during<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return PostgresConnection.during(this.options.url, limitMs, work);
  }
}
