import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { syncFolder } from '../../../../platform/config/sync-folder.ts';
import { codeOf } from '../../../../platform/errors/code-of.ts';
import { type FileTrouble, fileTroubles, SqliteFiles } from './files.ts';
import { makeTables, refuseLaterVersion } from './schema.ts';
import { SqliteTrouble } from './trouble.ts';

export interface SqlitePlace {
  readonly path: string;
  /** How long to wait for a lock of another process. */
  readonly busyMs: number;
}

/** As `PRAGMA synchronous` answers for FULL. */
const fullySynchronous = 2;

/** The file of the log, opened for writing and with its tables. */
export class SqliteConnection implements Disposable {
  readonly db: DatabaseSync;
  private readonly files: SqliteFiles;
  /** While this read-only connection is open, `db.close()` makes no checkpoint, which might write into the file of another. */
  private readonly guard: DatabaseSync;

  constructor({ path, busyMs }: SqlitePlace) {
    makeFile(path);
    // The timeout has to be set first, or the first start after a crash may not get a lock.
    this.db = new DatabaseSync(path, { timeout: busyMs });
    try {
      configure(this.db);
      makeTables(this.db);
      this.guard = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
      this.guard.prepare('PRAGMA user_version').get();
      this.files = new SqliteFiles(path, this.db);
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  /** @throws SqliteTrouble if the write-ahead log was cut, which a write would hide */
  refuseCutWal(): void {
    if (this.files.isWalCut) throw new SqliteTrouble(fileTroubles.walCut);
  }

  /** @throws SqliteTrouble if a later start would not find the committed records at the path */
  probe(): void {
    const trouble = this.files.trouble();
    if (trouble !== null) throw new SqliteTrouble(fileTroubles[trouble]);
  }

  /** Moves the write-ahead log into the file as far as no reader needs it. The rest is as durable in the log. */
  checkpoint(): void {
    try {
      this.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } catch {
      // The next checkpoint moves it.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    const { db, guard, files } = this;
    const trouble = troubleIn(files);
    files.close();
    if (trouble === 'walMoved' || trouble === 'shmMoved') this.checkpoint();
    const isOthers = trouble === 'moved' || trouble === 'overwritten';
    const order = isOthers || trouble === 'walCut' ? [db, guard] : [guard, db];
    for (const each of order) each.close();
    if (isOthers) files.setWalAside();
  }
}

/** Null also if the files cannot be examined. */
function troubleIn(files: SqliteFiles): FileTrouble {
  try {
    return files.trouble();
  } catch {
    return null;
  }
}

function configure(db: DatabaseSync): void {
  refuseLaterVersion(db);
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal') throw new SqliteTrouble('its file system cannot hold a write-ahead log');
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  // On macOS, fsync alone leaves data in the cache of the disk.
  db.exec('PRAGMA fullfsync = ON');
  // There may be no folder for temporary files, and the file must not keep the text of pruned records.
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864');
  const synchronous = db.prepare('PRAGMA synchronous').get()?.['synchronous'];
  if (synchronous !== fullySynchronous)
    throw new SqliteTrouble(`PRAGMA synchronous is ${String(synchronous)} and cannot be set to FULL`);
}

/** SQLite gives the mode of the file to the files beside it. */
function makeFile(path: string): void {
  const folder = dirname(resolve(path));
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    // Opens only a new file: to close an existing one would release all locks that this process has on it.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return;
  }
  // Otherwise a power cut may lose the folder, and with it all acknowledged records.
  const first = made === undefined ? folder : dirname(made);
  for (let each = folder; ; each = dirname(each)) {
    syncFolder(each);
    if (each === first) return;
  }
}
