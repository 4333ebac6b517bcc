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
    return problemOf(path, db);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // What the tables are stands on the first page, and it is that which cannot be read.
    return unreadableAt(missingPage(path, db) ?? 1);
  } finally {
    db.close();
  }
}

function problemOf(path: string, db: DatabaseSync): string | null {
  const said = saidBy(db, 'integrity_check');
  const page = pageIn(said);
  if (page !== null) return unreadableAt(page);
  const changed = changeOf(db);
  if (changed !== null || said?.[0] === 'ok') return changed;
  if (said?.[0] !== undefined && !said[0].includes('malformed')) return said[0];
  // Where an index is damaged it gives up. The quicker one leaves indexes out, and may say more.
  const quicker = saidBy(db, 'quick_check');
  const other = pageIn(quicker) ?? missingPage(path, db);
  if (other !== null) return unreadableAt(other);
  return quicker?.[0] === 'ok' ? 'an index is unreadable' : 'unreadable at a page that SQLite does not name';
}

/** Null where it cannot be carried through. */
function saidBy(db: DatabaseSync, check: 'integrity_check' | 'quick_check'): string[] | null {
  try {
    return db
      .prepare(`PRAGMA ${check}`)
      .all()
      .map((row) => String(row[check]));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return null;
  }
}

function pageIn(said: string[] | null): number | null {
  const page = said?.map((text) => /page (\d+)/i.exec(text)?.[1]).find((found) => found !== undefined);
  return page === undefined ? null : Number(page);
}

function changeOf(db: DatabaseSync): string | null {
  const fresh = new DatabaseSync(':memory:');
  try {
    return changedPart(db, fresh);
  } finally {
    fresh.close();
  }
}

function unreadableAt(page: number): string {
  return `unreadable at page ${page}`;
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
