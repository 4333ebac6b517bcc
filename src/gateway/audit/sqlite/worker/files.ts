import { closeSync, fstatSync, openSync, readSync, realpathSync, renameSync, statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Null if nothing happened to the open files. */
export type FileTrouble = keyof typeof fileTroubles | null;

export const fileTroubles = {
  moved: 'the file was moved or removed',
  overwritten: 'the file was written over by something else',
  walMoved: 'the write-ahead log was moved or removed',
  walCut: 'the write-ahead log was cut or written over',
  shmMoved: 'the -shm file was moved or removed',
} as const;

/** https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const walHeaderBytes = 32;
const frameHeaderBytes = 24;
const saltsAt = { header: 16, frame: 8, bytes: 8 };

/** How long a checkpoint of another process may take. */
const checkpointMs = 100;

type Look = ReturnType<SqliteFiles['look']>;

/**
 * Compares the files that a connection has open with those at its path. SQLite continues to write into files that were
 * removed, replaced or cut, and reports success, but a later start does not find those records.
 */
export class SqliteFiles {
  /** The target of a symbolic link: SQLite keeps the write-ahead log beside it. */
  private readonly real: string;
  private readonly frameBytes: number;
  private readonly checkpoint: StatementSync;
  private readonly dataVersion: StatementSync;
  /** Unlike the other two files it has no locks, which `close` would release for the whole process. */
  private readonly openWal: number;
  private readonly path: string;
  private seen: Look;

  /** @param db holds the files at `path` open, in WAL mode */
  constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.real = realpathSync.native(path);
    // NOOP only counts frames.
    this.checkpoint = db.prepare('PRAGMA wal_checkpoint(NOOP)');
    this.dataVersion = db.prepare('PRAGMA data_version');
    this.frameBytes = frameHeaderBytes + Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
    this.openWal = openSync(`${this.real}-wal`, 'r');
    this.seen = this.look();
  }

  /** Compares with the state at the last call that returned null. */
  trouble(): FileTrouble {
    for (const deadline = performance.now() + checkpointMs; ; pause()) {
      const look = this.look();
      const trouble = this.troubleIn(look);
      if (trouble === null) this.seen = look;
      if (trouble !== 'overwritten' || performance.now() > deadline) return trouble;
    }
  }

  /** Read it before a write, because a write makes a log that was cut long enough again. */
  get isWalCut(): boolean {
    const { log } = this.counted();
    return log > 0 && fstatSync(this.openWal).size < this.bytesOf(log);
  }

  /** Renames the write-ahead log of a database file that is gone: SQLite would apply it to a new file at the path. */
  setWalAside(): void {
    const wal = `${this.real}-wal`;
    if (identityIn(statsOf(wal)) === this.seen.wal) renameSync(wal, `${wal}.lost-${Date.now()}`);
  }

  close(): void {
    closeSync(this.openWal);
  }

  /** The state of the files at the path, and of the connection. */
  look() {
    const { log, checkpointed } = this.counted();
    const main = statsOf(this.real);
    const wal = statsOf(`${this.real}-wal`);
    return {
      // Device and inode; undefined if there is no file.
      main: isReached(this.path, this.real) ? identityIn(main) : undefined,
      wal: identityIn(wal),
      shm: identityIn(statsOf(`${this.real}-shm`)),
      mainWritten: `${main?.size} ${main?.mtimeNs}`,
      walBytes: Number(wal?.size ?? 0),
      walHeader: log > 0 ? this.readWal(0, walHeaderBytes) : '',
      frames: log,
      // How many frames a checkpoint has moved into the database file.
      moved: checkpointed,
      // Changes when another connection commits.
      version: Number(this.dataVersion.get()?.['data_version']),
    };
  }

  private troubleIn(look: Look): FileTrouble {
    const { seen } = this;
    if (look.main !== seen.main) return 'moved';
    if (look.wal !== seen.wal) return 'walMoved';
    if (look.shm !== seen.shm) return 'shmMoved';
    const isOthers = look.version !== seen.version;
    const isShorter = look.frames < seen.frames;
    // SQLite restarts a log with a new header only after all of it was moved.
    const mayBegin = isOthers || isShorter || seen.moved === seen.frames;
    const isBegun = look.walHeader !== seen.walHeader;
    if (look.frames > 0 && (!this.isWhole(look) || (isBegun && !mayBegin))) return 'walCut';
    const isCheckpointed = isOthers || isShorter || look.moved !== seen.moved;
    return look.mainWritten !== seen.mainWritten && !isCheckpointed ? 'overwritten' : null;
  }

  /** The log is long enough for its frames, and the last one has the salts of the header. */
  private isWhole({ frames, walBytes, walHeader }: Look): boolean {
    if (walBytes < this.bytesOf(frames)) return false;
    const lastFrame = this.bytesOf(frames - 1);
    const salts = walHeader.slice(saltsAt.header * 2, (saltsAt.header + saltsAt.bytes) * 2);
    return /[^0]/.test(salts) && this.readWal(lastFrame + saltsAt.frame, saltsAt.bytes) === salts;
  }

  private counted(): { log: number; checkpointed: number } {
    return this.checkpoint.get() as { log: number; checkpointed: number };
  }

  private bytesOf(frames: number): number {
    return walHeaderBytes + frames * this.frameBytes;
  }

  private readWal(position: number, bytes: number): string {
    const buffer = Buffer.alloc(bytes);
    readSync(this.openWal, buffer, 0, bytes, position);
    return buffer.toString('hex');
  }
}

function isReached(path: string, real: string): boolean {
  try {
    return realpathSync.native(path) === real;
  } catch {
    return false;
  }
}

function statsOf(path: string) {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

function identityIn(stats: ReturnType<typeof statsOf>): string | undefined {
  return stats && `${stats.dev} ${stats.ino}`;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}
