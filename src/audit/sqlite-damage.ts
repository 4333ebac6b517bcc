import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SqlitePlace } from './sqlite-appender.ts';
import { changedPart } from './sqlite-schema.ts';
import { isDamage } from './sqlite-trouble.ts';

/** What is wrong with the file, with the page where SQLite names one; null for nothing. */
export function damageOf({ path, busyMs }: SqlitePlace): string | null {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    db.exec('PRAGMA temp_store = MEMORY');
    return problemOf(db);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return `unreadable at page ${missingPage(path, db) ?? 1}`;
  } finally {
    db.close();
  }
}

function problemOf(db: DatabaseSync): string | null {
  const said = db
    .prepare('PRAGMA integrity_check')
    .all()
    .map(({ integrity_check: text }) => String(text));
  const page = said.map((text) => /page (\d+)/i.exec(text)?.[1]).find((found) => found !== undefined);
  if (page !== undefined) return `unreadable at page ${page}`;
  if (said[0] !== 'ok') return said[0] ?? 'SQLite cannot say whether it is whole';
  const fresh = new DatabaseSync(':memory:');
  try {
    return changedPart(db, fresh);
  } finally {
    fresh.close();
  }
}

/** The first page that a file lacks which was cut off; null where it was not. */
function missingPage(path: string, db: DatabaseSync): number | null {
  try {
    const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
    const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
    const whole = Math.floor(statSync(path).size / pageBytes);
    return whole < pages ? whole + 1 : null;
  } catch {
    return null;
  }
}
