import { DatabaseSync } from 'node:sqlite';
import type { SqlitePlace } from './sqlite-connection.ts';
import { changedPart } from './sqlite-schema.ts';
import { isDamage } from './sqlite-trouble.ts';

/** What SQLite first finds wrong with the file, else which part of the schema was changed; null for nothing. */
export function damageOf({ path, busyMs }: SqlitePlace): string | null {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    db.exec('PRAGMA temp_store = MEMORY');
    const first = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
    if (first === 'ok') return changedPart(db);
    // The line before it names the database, `main`.
    return String(first).replace(/^.*\n/, '');
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error.errstr;
  } finally {
    db.close();
  }
}
