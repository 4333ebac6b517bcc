/** Something to tell that SQLite has no code for. */
export class SqliteTrouble extends Error {}

const ofSqlite: Readonly<Record<number, string>> = {
  1: 'its tables are not as they were made (SQLITE_ERROR)',
  3: 'the file may not be used (SQLITE_PERM)',
  5: 'the database is locked by another process (SQLITE_BUSY)',
  6: 'the database is locked (SQLITE_LOCKED)',
  7: 'there is no memory left (SQLITE_NOMEM)',
  8: 'the file or its folder cannot be written (SQLITE_READONLY)',
  10: 'the disk cannot be read or written (SQLITE_IOERR)',
  11: 'the file is damaged (SQLITE_CORRUPT)',
  13: 'the disk is full (SQLITE_FULL)',
  14: 'the file cannot be opened (SQLITE_CANTOPEN)',
  19: 'there is such a record already, or it lacks what every record has (SQLITE_CONSTRAINT)',
  26: 'the file is not an SQLite database, or is damaged (SQLITE_NOTADB)',
};

const ofSystem: Readonly<Record<string, string>> = {
  EACCES: 'the folder cannot be written',
  EPERM: 'the folder cannot be written',
  EROFS: 'the folder cannot be written',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'part of its path is not a folder',
};

/** In words. SQLite's own messages are left out: they may quote what was stored. */
export function troubleOf(error: unknown): string {
  if (error instanceof SqliteTrouble) return error.message;
  const code = sqliteCode(error);
  if (code !== null) return ofSqlite[code] ?? `SQLite says ${code}`;
  const { code: name } = (error ?? {}) as { code?: unknown };
  if (typeof name !== 'string') return 'unknown';
  return ofSystem[name] ? `${ofSystem[name]} (${name})` : name;
}

/** What is wrong is the file: also where its tables are others, and a statement that never changes means nothing there. */
export function isDamage(error: unknown): boolean {
  return [1, 11, 26].includes(sqliteCode(error) ?? 0);
}

/** The primary result code; null where it is no error of SQLite. */
function sqliteCode(error: unknown): number | null {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : null;
}
