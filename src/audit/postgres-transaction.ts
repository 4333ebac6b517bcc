import { type Query } from './postgres-connection.js';
import { AuditStoreError } from './store.js';

/** What makes COMMIT wait for the disk. A stronger level of the administrator's is kept. */
const durable = `
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') <> 'remote_apply';`;

type TransactionMode = 'READ COMMITTED READ WRITE' | 'READ COMMITTED READ ONLY' | 'REPEATABLE READ READ ONLY';

/**
 * A transaction that relies on nothing of its session: ALTER ROLE and ALTER DATABASE change what a session begins with, and
 * behind a pooler it was another client's before. Unlike DEFAULT, which the administrator chooses, what is given here has to
 * be so. `client_connection_check_interval` ends what waits for a lock when its asker has gone; PostgreSQL 13 lacks it.
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

/** Once more, since a trigger may have set it as well. */
export const commit = `${durable}
COMMIT`;

/** What would lose a record that was committed, in words; null for nothing. */
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
  throw new AuditStoreError(
    `The audit store would lose records when its machine fails: ${unsafe} in PostgreSQL.`,
    false,
  );
}

/** One statement in a transaction of its own, in one round trip: the rows of the statement. */
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
    // What stood behind what failed was not run, COMMIT included.
    await query('ROLLBACK');
    throw failed.reason;
  }
  const [, rows] = sent;
  return rows.status === 'fulfilled' ? rows.value : [];
}
