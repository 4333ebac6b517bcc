import { closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Head } from './event.js';
import type { AuditRecord } from './record.js';
import type { Appended, EventName } from './store.js';
import { type FileTrouble, fileTroubles, SqliteFiles } from './sqlite-files.ts';
import { json, makeTables, mayDelete, noDelete, refuseLaterVersion } from './sqlite-schema.ts';
import { SqliteTrouble } from './sqlite-trouble.ts';

export interface SqlitePlace {
  readonly path: string;
  /** How long to wait for a lock of another process. */
  readonly busyMs: number;
}

/** From one writer to the next by the index, whatever the number of their records. */
const tips = `
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

/**
 * How many records stand in the write-ahead log alone before they are moved into the file: that takes as long as several
 * commits, so it waits until nobody does, but not for ever.
 */
const manyUnmoved = 150;
const mostUnmoved = 600;

/** As `PRAGMA synchronous` answers for FULL. */
const fullySynchronous = 2;

interface Opened {
  readonly db: DatabaseSync;
  readonly known: StatementSync;
  readonly insert: StatementSync;
  readonly tips: StatementSync;
  readonly has: StatementSync;
  readonly files: SqliteFiles;
  /** Cannot write. While it is open, closing `db` moves nothing into a file that is not its own any more. */
  readonly guard: DatabaseSync;
}

/** Writes the log. Whatever fails, `letGo` follows: a COMMIT that failed leaves it open whether it took place. */
export class SqliteAppender {
  private readonly place: SqlitePlace;
  private opened: Opened | null = null;
  private unmoved = 0;

  constructor(place: SqlitePlace) {
    this.place = place;
  }

  open(): void {
    this.letGo();
    makeFile(this.place.path);
    // The time to wait for a lock has to be set before anything else, or the first start after a crash may not get one.
    const db = new DatabaseSync(this.place.path, { timeout: this.place.busyMs });
    try {
      this.opened = prepare(db, this.place);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  append(records: readonly AuditRecord[]): Appended {
    const { db, known, insert, files } = this.need();
    if (files.isWalCut) throw new SqliteTrouble(fileTroubles.walCut);
    db.exec('BEGIN IMMEDIATE');
    const duplicates = records.map(nameOf).filter(({ op_id, stage }) => known.get(op_id, stage));
    if (duplicates.length > 0) {
      db.exec('ROLLBACK');
      return { duplicates };
    }
    for (const { body, hash } of records) insert.run(body, hash);
    db.exec('COMMIT');
    this.probe();
    this.unmoved += records.length;
    if (this.unmoved >= mostUnmoved) this.move();
    return 'stored';
  }

  /** Told when nobody has asked for anything for a moment. */
  rest(): void {
    if (this.unmoved >= manyUnmoved) this.move();
  }

  /** Fails where what is committed would not be found at the path. */
  probe(): void {
    const trouble = this.need().files.trouble();
    if (trouble !== null) throw new SqliteTrouble(fileTroubles[trouble]);
  }

  heads(): Head[] {
    return this.need().tips.all() as unknown as Head[];
  }

  missing(heads: readonly Head[]): Head[] {
    const { has } = this.need();
    return heads.filter(({ writer, seq, hash }) => !has.get(writer, seq, hash));
  }

  prune(upTo: readonly Head[], { body, hash }: AuditRecord): void {
    const { db, insert } = this.need();
    db.exec('BEGIN IMMEDIATE');
    db.exec(mayDelete);
    const remove = db.prepare('DELETE FROM audit_records WHERE writer = ? AND seq <= ?');
    for (const { writer, seq } of upTo) remove.run(writer, seq);
    insert.run(body, hash);
    db.exec(noDelete);
    db.exec('COMMIT');
    this.probe();
    // What was removed stands in the write-ahead log until then.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.opened?.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.letGo();
  }

  letGo(): void {
    const { opened } = this;
    if (!opened) return;
    this.opened = null;
    const { db, guard, files } = opened;
    const trouble = troubleIn(files);
    files.close();
    if (trouble === 'walMoved' || trouble === 'shmMoved') moveInto(db);
    const isOthers = trouble === 'moved' || trouble === 'overwritten';
    const order = isOthers || trouble === 'walCut' ? [db, guard] : [guard, db];
    for (const each of order) each.close();
    if (isOthers) files.setWalAside();
  }

  /** Waits for no reader. What cannot be moved stays where it is, and is as safe there. */
  private move(): void {
    this.unmoved = 0;
    if (this.opened) moveInto(this.opened.db);
  }

  private need(): Opened {
    if (!this.opened) throw new SqliteTrouble('it is not open');
    return this.opened;
  }
}

/** Where not even that can be asked, nothing is known. */
function troubleIn(files: SqliteFiles): FileTrouble {
  try {
    return files.trouble();
  } catch {
    return null;
  }
}

function moveInto(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // Tried again when there are as many more.
  }
}

function prepare(db: DatabaseSync, { path, busyMs }: SqlitePlace): Opened {
  refuseLaterVersion(db);
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal') throw new SqliteTrouble('its file system cannot hold a write-ahead log');
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  // On macOS, fsync alone leaves it in the cache of the disk.
  db.exec('PRAGMA fullfsync = ON');
  // There may be no folder for temporary files, and what is pruned is not to be found in the file.
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864');
  const synchronous = db.prepare('PRAGMA synchronous').get()?.['synchronous'];
  if (synchronous !== fullySynchronous)
    throw new SqliteTrouble(`PRAGMA synchronous is ${String(synchronous)} and cannot be set to FULL`);
  makeTables(db);
  const guard = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  guard.prepare('PRAGMA user_version').get();
  return {
    db,
    guard,
    files: new SqliteFiles(path, db),
    has: db.prepare('SELECT 1 FROM audit_records WHERE writer = ? AND seq = ? AND hash = ?'),
    known: db.prepare('SELECT 1 FROM audit_records WHERE op_id = ? AND stage = ?'),
    insert: db.prepare('INSERT INTO audit_records (body, hash) VALUES (?, ?)'),
    tips: db.prepare(tips),
  };
}

/** For the owner alone, as are the files that SQLite puts beside it: they take its mode. */
function makeFile(path: string): void {
  const folder = dirname(resolve(path));
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    // Only a file that is not there is opened: closing one lets go of all locks that this process has on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    return;
  }
  // Else the folder may be gone after a power cut, and all that was acknowledged with it.
  const first = made === undefined ? folder : dirname(made);
  for (let each = folder; ; each = dirname(each)) {
    syncFolder(each);
    if (each === first) return;
  }
}

function syncFolder(folder: string): void {
  const opened = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function nameOf({ body }: AuditRecord): EventName {
  const { op_id, stage } = JSON.parse(body) as EventName;
  return { op_id, stage };
}
