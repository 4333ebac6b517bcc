import { DatabaseSync } from 'node:sqlite';
import { SqliteTrouble } from './trouble.ts';

const version = 1;

/** Null for a text that is not JSON: `verify` reports it, and searches still work. */
export const json = '(CASE WHEN json_valid(body) THEN body END)';

/** Prevents DELETE. A prune drops and creates it in one transaction. */
export const noDelete = `CREATE TRIGGER audit_records_stay BEFORE DELETE ON audit_records
  BEGIN SELECT RAISE(ABORT, 'audit records are not removed'); END`;

const schema = `
CREATE TABLE audit_records (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  hash TEXT NOT NULL,
  writer TEXT NOT NULL ${from('writer')},
  seq INTEGER NOT NULL ${from('seq')},
  op_id TEXT NOT NULL ${from('op_id')},
  stage TEXT NOT NULL ${from('stage')},
  ts TEXT NOT NULL ${from('ts')},
  action TEXT ${from('action')},
  actor TEXT ${from('actor.fingerprint')},
  request_id TEXT ${from('request_id')},
  zone_id TEXT ${from('target.zone_id')},
  certificate_id TEXT ${from('target.certificate_id')},
  status TEXT ${from('result.status')}
) STRICT;
CREATE UNIQUE INDEX audit_records_chain ON audit_records (writer, seq);
CREATE UNIQUE INDEX audit_records_name ON audit_records (op_id, stage);
CREATE INDEX audit_records_zone ON audit_records (zone_id, ts, position);
CREATE INDEX audit_records_intents ON audit_records (position, ts, op_id) WHERE stage = 'intent';
CREATE INDEX audit_records_writers ON audit_records (position) WHERE stage = 'writer';
CREATE TRIGGER audit_records_last BEFORE UPDATE ON audit_records
  BEGIN SELECT RAISE(ABORT, 'audit records are not changed'); END;
-- INSERT OR REPLACE removes rows in its way, and fires no trigger for DELETE.
CREATE TRIGGER audit_records_only_added BEFORE INSERT ON audit_records
  WHEN EXISTS (SELECT 1 FROM audit_records WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM audit_records WHERE (writer, seq) = (NEW.writer, NEW.seq))
    OR EXISTS (SELECT 1 FROM audit_records WHERE (op_id, stage) = (NEW.op_id, NEW.stage))
  BEGIN SELECT RAISE(ABORT, 'audit records are not replaced'); END;
${noDelete};
PRAGMA user_version = ${version};`;

export const insert = 'INSERT INTO audit_records (body, hash) VALUES (?, ?)';

/** The last record of each chain that no other follows. Steps through the index from writer to writer. */
export const heads = `
WITH RECURSIVE writers (writer) AS (
  SELECT min(writer) FROM audit_records
  UNION ALL
  SELECT (SELECT min(writer) FROM audit_records WHERE writer > writers.writer)
  FROM writers WHERE writer IS NOT NULL
), followed (writer, seq) AS MATERIALIZED (
  SELECT json_extract(follows.value, '$.writer'), json_extract(follows.value, '$.seq')
  FROM audit_records, json_each(${json}, '$.follows') AS follows
  WHERE stage = 'writer'
)
SELECT last.writer, last.seq, last.hash
FROM writers JOIN audit_records AS last ON last.position =
  (SELECT position FROM audit_records WHERE writer = writers.writer ORDER BY seq DESC LIMIT 1)
WHERE (last.writer, last.seq) NOT IN (SELECT writer, seq FROM followed WHERE writer IS NOT NULL AND seq IS NOT NULL)`;

export function makeTables(db: DatabaseSync): void {
  if (versionOf(db) === version) return;
  db.exec('BEGIN IMMEDIATE');
  // Another gateway may have created them in the meantime.
  if (versionOf(db) === 0) db.exec(schema);
  db.exec('COMMIT');
}

/** @throws SqliteTrouble if a later version of the gateway created the tables */
export function refuseLaterVersion(db: DatabaseSync): void {
  const found = versionOf(db);
  if (found <= version) return;
  throw new SqliteTrouble(`a later version of the gateway has made it (${found}; this one knows ${version})`);
}

/** The first missing or changed table, index or trigger; null if there is none. */
export function changedPart(db: DatabaseSync): string | null {
  using fresh = new DatabaseSync(':memory:');
  makeTables(fresh);
  const found = partsOf(db);
  for (const [name, sql] of partsOf(fresh)) {
    if (!found.has(name)) return `${name} is missing`;
    if (found.get(name) !== sql) return `${name} is not as it was made`;
  }
  return null;
}

function partsOf(db: DatabaseSync): Map<string, string> {
  const parts = db.prepare('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid').all();
  return new Map(parts.map(({ name, sql }) => [String(name), String(sql)]));
}

function versionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
}

/** Virtual: a search column is computed from `body`, so it cannot be edited by itself. */
function from(path: string): string {
  return `AS (json_extract(${json}, '$.${path}')) VIRTUAL`;
}
