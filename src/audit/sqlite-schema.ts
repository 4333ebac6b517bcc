import type { DatabaseSync } from 'node:sqlite';
import { SqliteTrouble } from './sqlite-trouble.ts';

const version = 1;

/** Null where somebody has put in the file what is no JSON: that is for a verification to find, and stops no search. */
export const json = '(CASE WHEN json_valid(body) THEN body END)';

/** Takes back that records cannot be removed; `prune` puts it back. */
export const mayDelete = 'DROP TRIGGER audit_records_stay';
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
-- INSERT OR REPLACE removes what is in its way, and no trigger for DELETE need be asked.
CREATE TRIGGER audit_records_only_added BEFORE INSERT ON audit_records
  WHEN EXISTS (SELECT 1 FROM audit_records WHERE position = NEW.position)
    OR EXISTS (SELECT 1 FROM audit_records WHERE (writer, seq) = (NEW.writer, NEW.seq))
    OR EXISTS (SELECT 1 FROM audit_records WHERE (op_id, stage) = (NEW.op_id, NEW.stage))
  BEGIN SELECT RAISE(ABORT, 'audit records are not replaced'); END;
${noDelete};
PRAGMA user_version = ${version};`;

/** @throws SqliteTrouble where a later version of the gateway has made them */
export function makeTables(db: DatabaseSync): void {
  if (versionOf(db) === version) return;
  db.exec('BEGIN IMMEDIATE');
  // Another gateway may have been faster.
  if (versionOf(db) === 0) db.exec(schema);
  db.exec('COMMIT');
}

/** Asked before anything is changed. */
export function refuseLaterVersion(db: DatabaseSync): void {
  const found = versionOf(db);
  if (found > version) {
    throw new SqliteTrouble(
      `a later version of the gateway has made it (${found}; this one knows ${version})`,
    );
  }
}

/** Where the tables are not as `makeTables` makes them: a trigger is gone, or a column says something else. */
export function changedPart(db: DatabaseSync, fresh: DatabaseSync): string | null {
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

/** Virtual: what a search finds by is no text of its own that could be changed. */
function from(path: string): string {
  return `AS (json_extract(${json}, '$.${path}')) VIRTUAL`;
}
