import type { Head } from '../../record/event.js';
import type { AuditRecord } from '../../record/record.js';
import type { Appended, EventName } from '../../record/store.js';
import { SqliteConnection, type SqlitePlace } from './connection.ts';
import { heads, insert } from './schema.ts';
import { SqliteTrouble } from './trouble.ts';

/** Records in the write-ahead log alone, from which on a checkpoint is made in a moment without work, and at once. */
const manyUnmoved = 150;
const mostUnmoved = 600;

type Opened = ReturnType<typeof openAt>;

/** Writes the log. `letGo` follows every failure, because a COMMIT that failed may have taken place. */
export class SqliteAppender {
  private readonly place: SqlitePlace;
  private opened: Opened | null = null;
  private unmoved = 0;

  constructor(place: SqlitePlace) {
    this.place = place;
  }

  open(): void {
    this.letGo();
    this.opened = openAt(this.place);
  }

  append(records: readonly AuditRecord[]): Appended {
    const { connection, known, insert } = this.need();
    const { db } = connection;
    connection.refuseCutWal();
    db.exec('BEGIN IMMEDIATE');
    const duplicates = records.map(nameOf).filter(({ op_id, stage }) => known.get(op_id, stage));
    if (duplicates.length > 0) {
      db.exec('ROLLBACK');
      return { duplicates };
    }
    for (const { body, hash } of records) insert.run(body, hash);
    db.exec('COMMIT');
    connection.probe();
    this.unmoved += records.length;
    if (this.unmoved >= mostUnmoved) this.checkpoint();
    return 'stored';
  }

  /** Called after a moment without work. */
  rest(): void {
    if (this.unmoved >= manyUnmoved) this.checkpoint();
  }

  probe(): void {
    this.need().connection.probe();
  }

  heads(): Head[] {
    return this.need().heads.all() as unknown as Head[];
  }

  missing(heads: readonly Head[]): Head[] {
    const { has } = this.need();
    return heads.filter(({ writer, seq, hash }) => !has.get(writer, seq, hash));
  }

  close(): void {
    this.opened?.connection.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.letGo();
  }

  letGo(): void {
    this.opened?.connection.close();
    this.opened = null;
  }

  private checkpoint(): void {
    this.unmoved = 0;
    this.opened?.connection.checkpoint();
  }

  private need(): Opened {
    if (!this.opened) throw new SqliteTrouble('it is not open');
    return this.opened;
  }
}

function openAt(place: SqlitePlace) {
  const connection = new SqliteConnection(place);
  const { db } = connection;
  return {
    connection,
    has: db.prepare('SELECT 1 FROM audit_records WHERE writer = ? AND seq = ? AND hash = ?'),
    known: db.prepare('SELECT 1 FROM audit_records WHERE op_id = ? AND stage = ?'),
    insert: db.prepare(insert),
    heads: db.prepare(heads),
  };
}

function nameOf({ body }: AuditRecord): EventName {
  const { op_id, stage } = JSON.parse(body) as EventName;
  return { op_id, stage };
}
