import { codeOf } from '../../../../platform/errors/code-of.ts';

/** A problem that SQLite has no code for. */
export class SqliteTrouble extends Error {}

const ofSystem: Readonly<Record<string, string>> = {
  EACCES: 'the folder cannot be written',
  EPERM: 'the folder cannot be written',
  EROFS: 'the folder cannot be written',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ENOTDIR: 'part of its path is not a folder',
  EEXIST: 'part of its path is not a folder',
};

interface SqliteError {
  /** The extended result code; its low byte is the primary one. */
  readonly errcode: number;
  /** SQLite's text for the code. Unlike `message`, it never quotes a stored value. */
  readonly errstr: string;
}

export function troubleOf(error: unknown): string {
  if (error instanceof SqliteTrouble) return error.message;
  if (isSqliteError(error)) return error.errstr;
  const code = codeOf(error) ?? 'unknown';
  return ofSystem[code] ? `${ofSystem[code]} (${code})` : code;
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, or SQLITE_ERROR, which the statements here cause only on a damaged file. */
export function isDamage(error: unknown): error is SqliteError {
  return isSqliteError(error) && [1, 11, 26].includes(error.errcode & 0xff);
}

/** SQLite's text, but for SQLITE_ERROR, whose text ("SQL logic error") does not say that the file is the cause. */
export function damageTextOf({ errcode, errstr }: SqliteError): string {
  return (errcode & 0xff) === 1 ? 'its header or its schema is damaged' : errstr;
}

function isSqliteError(error: unknown): error is SqliteError {
  return typeof (error as Partial<SqliteError> | null)?.errcode === 'number';
}
