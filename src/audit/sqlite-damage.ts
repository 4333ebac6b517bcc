import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SqlitePlace } from './sqlite-appender.ts';
import { changedPart } from './sqlite-schema.ts';
import { isDamage } from './sqlite-trouble.ts';

/** What is wrong with the file, with the page where that is known; null for nothing. */
export function damageOf({ path, busyMs }: SqlitePlace): string | null {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    db.exec('PRAGMA temp_store = MEMORY');
    return checked(db) ?? changed(db);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return `unreadable at page ${cutOffAt(path) ?? 1}`;
  } finally {
    db.close();
  }
}

/** One row after another: SQLite first says where, and fails when it goes on. */
function checked(db: DatabaseSync): string | null {
  let first: string | null = null;
  for (const { integrity_check: said } of db.prepare('PRAGMA integrity_check').iterate()) {
    const text = String(said);
    const page = /page (\d+)/i.exec(text)?.[1];
    if (page !== undefined) return `unreadable at page ${page}`;
    first ??= text;
  }
  return first === 'ok' ? null : first;
}

function changed(db: DatabaseSync): string | null {
  const fresh = new DatabaseSync(':memory:');
  try {
    return changedPart(db, fresh);
  } finally {
    fresh.close();
  }
}

/**
 * The first page that is missing by what the header says (https://www.sqlite.org/fileformat2.html#the_database_header);
 * null for none. Closing the file lets go of this process's locks on it: only where SQLite cannot use it anyway.
 */
function cutOffAt(path: string): number | null {
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(100);
    readSync(file, header, 0, header.length, 0);
    if (header.toString('latin1', 0, 15) !== 'SQLite format 3') return null;
    const size = header.readUInt16BE(16);
    const pageBytes = size === 1 ? 65536 : size;
    const whole = Math.floor(fstatSync(file).size / pageBytes);
    return whole < header.readUInt32BE(28) ? whole + 1 : null;
  } finally {
    closeSync(file);
  }
}
