import { type Query } from './connection.js';
import { AuditStoreError } from '../record/store.js';

/** Makes COMMIT wait for the disk. Keeps `remote_apply`, which is stronger. */
const durable = `
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') <> 'remote_apply';`;

type TransactionMode = 'READ COMMITTED READ WRITE' | 'READ COMMITTED READ ONLY' | 'REPEATABLE READ READ ONLY';

/**
 * Begins a transaction that relies on no setting of its session: ALTER ROLE and ALTER DATABASE change the defaults, and
 * behind a pooler another client may have changed them. `client_connection_check_interval`, which PostgreSQL 13 lacks, ends
 * a statement that waits for a lock when its client is gone.
 */
export const begin = (limitMs: number, mode: TransactionMode = 'READ COMMITTED READ WRITE') => `
BEGIN ISOLATION LEVEL ${mode};
SET LOCAL search_path TO DEFAULT;
SET LOCAL role TO DEFAULT;
SET LOCAL client_encoding TO 'UTF8';
SET LOCAL standard_conforming_strings TO on;
SELECT set_config(name, value, true)
FROM (VALUES
  ('statement_timeout', '${limitMs}'), ('lock_timeout', '${limitMs}'),
  ('idle_in_transaction_session_timeout', '${limitMs}'), ('client_connection_check_interval', '100')
) AS needed (name, value)
WHERE current_setting(name, true) IS NOT NULL;
${durable}`;

/** Sets `synchronous_commit` once more, because a trigger may have changed it. */
export const commit = `${durable}
COMMIT`;

/** The setting that would lose a committed record; null if there is none. */
export const unsafe = `
  SELECT CASE
    WHEN current_setting('fsync') <> 'on' THEN 'fsync is off'
    WHEN current_setting('full_page_writes') <> 'on' THEN 'full_page_writes is off'
    WHEN relpersistence = 'u' THEN 'the table audit_records is UNLOGGED'
    WHEN relpersistence = 't' THEN 'audit_records is a temporary table'
  END AS unsafe
  FROM pg_catalog.pg_class WHERE oid = 'audit_records'::regclass`;

/** @throws AuditStoreError */
export function refuseUnsafe(unsafe: unknown): void {
  if (typeof unsafe !== 'string') return;
  const message = `The audit store would lose records when its machine fails: ${unsafe} in PostgreSQL.`;
  throw new AuditStoreError(message, false);
}

/** One statement in a transaction of its own, in one round trip. Resolves to the rows of the statement. */
export async function transaction(
  query: Query,
  limitMs: number,
  text: string,
  values?: unknown[],
  mode?: TransactionMode,
): ReturnType<Query> {
  const sent = await Promise.allSettled([query(begin(limitMs, mode)), query(text, values), query(commit)]);
  const failed = sent.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') {
    // The statements after the failed one were not run, COMMIT included.
    await query('ROLLBACK');
    throw failed.reason;
  }
  const [, rows] = sent;
  return rows.status === 'fulfilled' ? rows.value : [];
}
