import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { SqlitePlace } from './sqlite-appender.ts';
import { changedPart } from './sqlite-schema.ts';
import { isDamage } from './sqlite-trouble.ts';

const vague = 'database disk image is malformed';

/** What is wrong with the file, with the page where that is known; null for nothing. */
export function damageOf({ path, busyMs }: SqlitePlace): string | null {
  const db = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    db.exec('PRAGMA temp_store = MEMORY');
    const problem = checked(db, 'integrity_check');
    return problem === vague ? whereUnknown(db) : (problem ?? changed(db));
  } catch (error) {
    if (!isDamage(error)) throw error;
    const page = cutOffAt(path);
    return page === null ? whereUnknown(db) : `unreadable at page ${page}`;
  } finally {
    db.close();
  }
}

/** One row after another: SQLite first says where, and fails when it goes on. */
function checked(db: DatabaseSync, check: 'integrity_check' | 'quick_check'): string | null {
  let first: string | null = null;
  for (const row of db.prepare(`PRAGMA ${check}`).iterate()) {
    const text = String(row[check]);
    const page = /page (\d+)/i.exec(text)?.[1];
    if (page !== undefined) return `unreadable at page ${page}`;
    first ??= text;
  }
  return first === 'ok' ? null : first;
}

/** Where SQLite fails before it says anything. */
function whereUnknown(db: DatabaseSync): string {
  try {
    const part = changed(db);
    if (part !== null) return part;
  } catch {
    // What the tables are stands there.
    return 'unreadable at page 1';
  }
  try {
    // This leaves out what the indexes hold.
    const problem = checked(db, 'quick_check') ?? 'an index is unreadable';
    if (problem !== vague) return problem;
  } catch {
    // It fails as well.
  }
  return 'unreadable at a page that SQLite does not name';
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
