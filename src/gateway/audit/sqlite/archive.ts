import { DatabaseSync } from 'node:sqlite';
import { type Head } from '../record/event.js';
import { type AuditRecord, type StoredRecord } from '../record/record.js';
import { SqliteConnection, type SqlitePlace } from './worker/connection.js';
import { changedPart, heads, insert, noDelete } from './worker/schema.js';
import { damageTextOf, isDamage, SqliteTrouble, troubleOf } from './worker/trouble.js';
import { type AuditArchive, AuditStoreError, type Range } from '../record/store.js';

const recordsPerBatch = 500;

// NOT INDEXED, because an index may lack records. Only positions are sorted, because the texts of a year would not fit in
// memory, and there may be no folder for temporary files.
const inOrder = `
SELECT position FROM audit_records NOT INDEXED
WHERE (:from IS NULL OR ts >= :from) AND (:to IS NULL OR ts < :to)
ORDER BY writer, seq, position`;

export class SqliteArchive implements AuditArchive {
  private readonly place: SqlitePlace;

  constructor({ path, busyMs = 1000 }: Pick<SqlitePlace, 'path'> & Partial<SqlitePlace>) {
    this.place = { path, busyMs };
  }

  *all(range: Range = {}): ReturnType<AuditArchive['all']> {
    try {
      yield* batchesOf(this.place, range);
    } catch (error) {
      if (!isDamage(error)) throw failure(error);
      throw failure(new SqliteTrouble(`the file is damaged: ${damageOf(this.place) ?? damageTextOf(error)}`));
    }
  }

  damage(): Promise<string | null> {
    return told(() => damageOf(this.place));
  }

  heads(): Promise<Head[]> {
    return told(() => {
      using db = readOnly(this.place);
      return db.prepare(heads).all() as unknown as Head[];
    });
  }

  readonly copyInto = (path: string): Promise<void> =>
    told(() => {
      using db = readOnly(this.place);
      // One read transaction. Unlike a copy of the pages, it has nothing left of pruned records.
      db.prepare('VACUUM INTO ?').run(path);
    });

  prune(upTo: readonly Head[], records: readonly AuditRecord[]): Promise<void> {
    return told(() => prune(this.place, upTo, records));
  }
}

/** All records as they are at its start. */
function* batchesOf(place: SqlitePlace, { from, to }: Range): Generator<StoredRecord[]> {
  using db = readOnly(place);
  db.exec('BEGIN');
  const record = db.prepare('SELECT position, body, hash FROM audit_records NOT INDEXED WHERE position = ?');
  let batch: StoredRecord[] = [];
  for (const { position } of db.prepare(inOrder).iterate({ from: from ?? null, to: to ?? null })) {
    const found = record.get(Number(position));
    if (!found) throw new SqliteTrouble('the file is damaged: a record is there and cannot be found');
    batch.push(found as unknown as StoredRecord);
    if (batch.length < recordsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function prune(place: SqlitePlace, upTo: readonly Head[], records: readonly AuditRecord[]): void {
  using connection = new SqliteConnection(place);
  const { db } = connection;
  db.exec('BEGIN IMMEDIATE');
  db.exec('DROP TRIGGER audit_records_stay');
  const remove = db.prepare('DELETE FROM audit_records WHERE writer = ? AND seq <= ?');
  for (const { writer, seq } of upTo) remove.run(writer, seq);
  const add = db.prepare(insert);
  for (const { body, hash } of records) add.run(body, hash);
  db.exec(noDelete);
  db.exec('COMMIT');
  connection.probe();
  // Until then the write-ahead log holds the removed records.
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

/** The first damage that SQLite finds in the file, else the changed part of the schema; null if there is none. */
function damageOf(place: SqlitePlace): string | null {
  try {
    using db = readOnly(place);
    const first = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    // The line before it names the database, `main`.
    return first === 'ok' ? changedPart(db) : String(first).replace(/^.*\n/, '');
  } catch (error) {
    if (isDamage(error)) return changedSchema(place) ?? damageTextOf(error);
    throw error;
  }
}

/** The changed part of a schema that SQLite cannot use; null if no part is changed, or SQLite cannot give its rows. */
function changedSchema(place: SqlitePlace): string | null {
  try {
    using db = readOnly(place);
    // SQLite then gives the rows of a schema with an error, too. The file is not written.
    db.exec('PRAGMA writable_schema = ON');
    return changedPart(db);
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

function readOnly({ path, busyMs }: SqlitePlace): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  db.exec('PRAGMA temp_store = MEMORY');
  return db;
}

function told<T>(act: () => T): Promise<T> {
  return new Promise<T>((resolve) => resolve(act())).catch((error: unknown) => {
    throw failure(error);
  });
}

function failure(error: unknown): AuditStoreError {
  return new AuditStoreError(`The audit store failed: ${troubleOf(error)}.`);
}
