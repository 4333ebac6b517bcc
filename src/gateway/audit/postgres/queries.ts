import { type Head } from '../record/event.js';
import { type Row } from './connection.js';
import { json } from './schema.js';
import { unsafe } from './transaction.js';
import { type StoredRecord } from '../record/record.js';
import { type AuditFilter, type PageEnd } from '../record/store.js';

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** $1 bodies, $2 hashes. Stores no record if `known` names events that are stored already, or `unsafe` is not null. */
export const append = `
WITH incoming AS (
  SELECT body, hash, place, ${json} ->> 'op_id' AS op_id, ${json} ->> 'stage' AS stage
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (body, hash, place)
), known AS (
  SELECT there.op_id, there.stage FROM audit_records AS there
  JOIN incoming ON there.op_id = incoming.op_id AND there.stage = incoming.stage
), checked AS MATERIALIZED (${unsafe}), stored AS (
  INSERT INTO audit_records (body, hash)
  SELECT body, hash FROM incoming
  WHERE NOT EXISTS (SELECT FROM known) AND (SELECT unsafe IS NULL FROM checked) ORDER BY place
  RETURNING position
)
SELECT unsafe, (SELECT count(*) FROM stored)::int AS stored,
  (SELECT json_agg(json_build_object('op_id', op_id, 'stage', stage)) FROM known) AS known
FROM checked`;

/** Fails also if the role may not read the table. */
export const probe = `
SELECT unsafe FROM (${unsafe}) AS checked LEFT JOIN (SELECT FROM audit_records LIMIT 0) AS none ON true`;

/** $1 writers, $2 seqs, $3 hashes. */
export const missing = `
SELECT writer, seq, hash FROM unnest($1::text[], $2::bigint[], $3::text[]) AS head (writer, seq, hash)
WHERE NOT EXISTS (
  SELECT FROM audit_records AS there
  WHERE there.writer = head.writer AND there.seq = head.seq AND there.hash = head.hash
)`;

/** The last record of each chain that no other follows. Steps through the index from writer to writer. */
export const heads = `
WITH RECURSIVE last AS (
  (SELECT writer, seq, hash FROM audit_records ORDER BY writer DESC, seq DESC LIMIT 1)
  UNION ALL
  SELECT before.* FROM last CROSS JOIN LATERAL (
    SELECT writer, seq, hash FROM audit_records WHERE writer < last.writer ORDER BY writer DESC, seq DESC LIMIT 1
  ) AS before
), followed AS (
  SELECT head ->> 'writer' AS writer, head -> 'seq' AS seq
  FROM audit_records CROSS JOIN LATERAL jsonb_path_query(${json}, 'lax $.follows[*]') AS head
  WHERE stage = 'writer'
)
SELECT writer, seq, hash FROM last
WHERE NOT EXISTS (
  SELECT FROM followed WHERE followed.writer = last.writer AND followed.seq = to_jsonb(last.seq)
)
ORDER BY writer`;

const unsettled = (intent: string) => `${intent}.stage = 'intent' AND NOT EXISTS (
  SELECT FROM audit_records AS later
  WHERE later.op_id = ${intent}.op_id AND later.stage IN ('outcome', 'not_sent')
)`;

export const lastIntent = `SELECT max(position) AS last FROM audit_records WHERE stage = 'intent'`;

/** $1 after which position. */
export const firstOpenIntent = `
SELECT min(position) AS first FROM audit_records AS intent WHERE position > $1 AND ${unsettled('intent')}`;

/** $1 before when, $2 how many, $3 after which position. Searches the index alone, then reads the texts. */
export const openIntents = `
WITH open AS MATERIALIZED (
  SELECT ts, position FROM audit_records AS intent
  WHERE position > $3 AND ts < $1 AND ${unsettled('intent')}
  ORDER BY ts, position LIMIT $2
)
SELECT body FROM open JOIN audit_records USING (position) ORDER BY open.ts, position`;

export const find = 'SELECT position, body, hash FROM audit_records WHERE op_id = $1 AND stage = $2';

/** The stages of records that keep the log itself. */
const ofLogItself = `'writer', 'checkpoint', 'tombstone'`;

export function search(filter: AuditFilter, after: PageEnd | null, most: number): Statement {
  const values: unknown[] = [];
  const given = (value: unknown) => `$${values.push(value)}`;
  const isOfAll = filter.zoneId === null;
  const conditions = [
    isOfAll ? `found.stage NOT IN (${ofLogItself})` : `found.zone_id = ${given(filter.zoneId)}`,
  ];
  const { action, actor, status, requestId: request_id } = filter;
  const equal = { action, actor, status, request_id };
  for (const [column, value] of Object.entries(equal))
    if (value !== undefined) conditions.push(`found.${column} = ${given(value)}`);
  if (filter.target !== undefined) {
    const target = given(filter.target);
    conditions.push(`(found.certificate_id = ${target} OR found.hostnames ? ${target})`);
  }
  if (filter.since !== undefined) conditions.push(`found.ts >= ${given(filter.since)}`);
  if (filter.before !== undefined) conditions.push(`found.ts < ${given(filter.before)}`);
  if (filter.incomplete) conditions.push(unsettled('found'));
  if (after)
    conditions.push(
      isOfAll
        ? `found.position < ${given(after.position)}`
        : `(found.ts, found.position) < (${given(after.ts)}, ${given(after.position)})`,
    );
  const text = `
SELECT position, body, hash FROM audit_records AS found
WHERE ${conditions.join(' AND ')}
ORDER BY ${isOfAll ? '' : 'found.ts DESC, '}found.position DESC LIMIT ${given(most)}`;
  return { text, values };
}

export function storedRecord({ position, body, hash }: Row): StoredRecord {
  return { position: Number(position), body: String(body), hash: String(hash) };
}

export function headOf({ writer, seq, hash }: Row): Head {
  return { writer: String(writer), seq: Number(seq), hash: String(hash) };
}
