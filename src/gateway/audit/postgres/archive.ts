import { type Head } from '../record/event.js';
import { PostgresConnection, type Query, type Row } from './connection.js';
import { sqlState, storeError, understood } from './errors.js';
import { headOf, heads, type Statement, storedRecord } from './queries.js';
import { migrate } from './schema.js';
import { begin, commit, transaction } from './transaction.js';
import { type AuditRecord, type StoredRecord } from '../record/record.js';
import { type AuditArchive, AuditStoreError, type Range } from '../record/store.js';

/** For work that reads the whole log. */
const limitMs = 10 * 60 * 1000;
const recordsPerBatch = 500;
const readOnly = 'READ COMMITTED READ ONLY';

const insert = 'INSERT INTO audit_records (body, hash) VALUES ($1, $2)';

/** `O` and `A` are enabled in every session but those of a replication. */
const enabledTrigger = `
SELECT FROM pg_catalog.pg_trigger
WHERE tgrelid = 'audit_records'::regclass AND tgname = 'audit_records_stay' AND tgenabled IN ('O', 'A')`;

/** Lets the owner's transaction remove records. To disable the trigger instead would take a lock that blocks writers. */
const allowPruning = `SET LOCAL audit_records.pruning TO on`;

/** $1 and $2: writers, and up to which seq of each. */
const remove = `
DELETE FROM audit_records AS old USING unnest($1::text[], $2::bigint[]) AS upto (writer, seq)
WHERE old.writer = upto.writer AND old.seq <= upto.seq`;

/** An index may lack records that the table has. */
const withoutIndexes =
  'SET LOCAL enable_indexscan TO off; SET LOCAL enable_indexonlyscan TO off; SET LOCAL enable_bitmapscan TO off';

function allByChain(range: Range): Statement {
  const values: unknown[] = [];
  const conditions = ['true'];
  if (range.from !== undefined) conditions.push(`ts >= $${values.push(range.from)}`);
  if (range.to !== undefined) conditions.push(`ts < $${values.push(range.to)}`);
  const text = `
DECLARE every_record NO SCROLL CURSOR FOR
SELECT position, body, hash FROM audit_records
WHERE ${conditions.join(' AND ')} ORDER BY writer, seq, position`;
  return { text, values };
}

export class PostgresArchive implements AuditArchive {
  readonly copyInto = null;

  constructor(private readonly options: { readonly url: string }) {}

  async *all(range: Range = {}): AsyncIterable<StoredRecord[]> {
    await using connection = await understood(PostgresConnection.open(this.options.url));
    const ask = (work: (query: Query) => Promise<readonly Row[]>) =>
      understood(connection.within(limitMs, work));
    await ask(async (query) => {
      await query(begin(limitMs, 'REPEATABLE READ READ ONLY'));
      await query(withoutIndexes);
      const { text, values } = allByChain(range);
      return query(text, values);
    });
    for (;;) {
      const rows = await ask((query) => query(`FETCH ${recordsPerBatch} FROM every_record`));
      if (rows.length === 0) return;
      yield rows.map(storedRecord);
    }
  }

  async damage(): Promise<string | null> {
    try {
      return await this.during(async (query) => {
        await query(begin(limitMs, readOnly));
        await query(withoutIndexes);
        await query('SELECT sum(length(body) + length(hash)) FROM audit_records');
        const triggers = await query(enabledTrigger);
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
      await query(allowPruning);
      await query(remove, ends);
      for (const { body, hash } of records) await query(insert, [body, hash]);
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
