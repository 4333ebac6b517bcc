import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { StoredRecord } from './record.js';
import type { SqlitePlace } from './sqlite-appender.ts';
import { SqliteTrouble } from './sqlite-trouble.ts';

export interface Range {
  readonly from?: string;
  readonly to?: string;
}

const recordsPerStep = 500;

// The table itself, since an index may leave out what is there. Only the places are sorted: the texts of a year would not
// fit in memory, and there may be no folder for temporary files.
const inOrder = `
SELECT position FROM audit_records NOT INDEXED
WHERE (:from IS NULL OR ts >= :from) AND (:to IS NULL OR ts < :to)
ORDER BY writer, seq, position`;

/** All records as they are at its start, on a connection of its own. */
export class SqliteWalk {
  private readonly db: DatabaseSync;
  private readonly positions: Iterator<Record<string, unknown>, undefined>;
  private readonly record: StatementSync;

  constructor({ path, busyMs }: SqlitePlace, { from, to }: Range) {
    this.db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
    try {
      this.db.exec('PRAGMA temp_store = MEMORY; BEGIN');
      this.positions = this.db.prepare(inOrder).iterate({ from: from ?? null, to: to ?? null });
      this.record = this.db.prepare(
        'SELECT position, body, hash FROM audit_records NOT INDEXED WHERE position = ?',
      );
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  next(): StoredRecord[] {
    const records: StoredRecord[] = [];
    while (records.length < recordsPerStep) {
      const next = this.positions.next();
      if (next.done) break;
      const record = this.record.get(Number(next.value['position']));
      if (!record) throw new SqliteTrouble('the file is damaged: a record is there and cannot be found');
      records.push(record as unknown as StoredRecord);
    }
    return records;
  }

  close(): void {
    this.db.close();
  }
}
