import { type Statement } from './postgres-queries.js';
import { type Range } from './store.js';

export const insert = 'INSERT INTO audit_records (body, hash) VALUES ($1, $2)';

/** Enabled in every session that is not of a replication. */
export const enabledTrigger = `
SELECT FROM pg_catalog.pg_trigger
WHERE tgrelid = 'audit_records'::regclass AND tgname = 'audit_records_stay' AND tgenabled IN ('O', 'A')`;

/** Lets the owner's transaction remove records. The trigger stays: disabling it would take a lock that blocks writers. */
export const allowPruning = `SET LOCAL audit_records.pruning TO on`;

/** $1 and $2: writers, and up to which seq of each. */
export const remove = `
DELETE FROM audit_records AS old USING unnest($1::text[], $2::bigint[]) AS upto (writer, seq)
WHERE old.writer = upto.writer AND old.seq <= upto.seq`;

/** An index may lack records that the table has. */
export const withoutIndexes =
  'SET LOCAL enable_indexscan TO off; SET LOCAL enable_indexonlyscan TO off; SET LOCAL enable_bitmapscan TO off';

export function allByChain(range: Range): Statement {
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
