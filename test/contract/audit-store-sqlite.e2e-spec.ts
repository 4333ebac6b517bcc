import { spawnSync } from 'node:child_process';
import { randomUUIDv7 } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { SqliteStore } from '../../src/gateway/audit/sqlite/store.js';
import { type AuditEvent } from '../../src/gateway/audit/record/event.js';
import { verify } from '../../src/gateway/audit/tools/verify.js';
import { type AuditStore, AuditStoreError } from '../../src/gateway/audit/record/store.js';
import { eventually } from '../support/basics/eventually.js';
import { runAuditProcess } from '../support/audit/audit-process.js';
import {
  AChain,
  allOf,
  anEvent,
  eventOf,
  someAuditKeys,
  sqlitePlace,
  withDatabase,
} from '../support/audit/audit-stores.js';

type SqlitePlace = ReturnType<typeof sqlitePlace>;

let place: SqlitePlace;
let chain: AChain;
beforeEach(() => {
  place = sqlitePlace();
  chain = new AChain();
});
afterEach(() => place.remove());

/** A log of some hundred pages. */
async function filled(): Promise<AuditStore> {
  const store = await place.store();
  await store.append(chain.several(...Array.from({ length: 1000 }, () => ({ request_id: 'r'.repeat(200) }))));
  return store;
}

describe('The log in SQLite', () => {
  it('A new log is readable by its owner only, and so is its folder', async () => {
    const store = await place.store();
    await store.append([chain.add()]);
    expect(statSync(join(place.folder, 'data')).mode & 0o777).toBe(0o700);
    for (const name of ['', '-wal', '-shm']) expect(statSync(place.path + name).mode & 0o777).toBe(0o600);
  });

  it('A closed log is one file', async () => {
    const store = await place.store();
    await store.append([chain.add()]);
    await store.find({ op_id: 'none', stage: 'intent' });
    await store.close();
    expect(['-wal', '-shm'].filter((name) => existsSync(place.path + name))).toEqual([]);
    expect(await allOf(place.archive())).toHaveLength(1);
  });

  it('Checkpoints bound the write-ahead log both when the store is idle and when it is busy', async () => {
    const store = await place.store();
    const sizeOf = (name: string) => statSync(place.path + name).size;
    let stored = 0;
    for (; stored < 200; stored++) await store.append([chain.add()]);
    const moved = await eventually(() => (sizeOf('') > 50_000 ? sizeOf('') : undefined));
    for (; stored < 5000 && sizeOf('') <= moved * 4; stored++) await store.append([chain.add()]);
    expect(sizeOf('')).toBeGreaterThan(moved * 4);
    expect(sizeOf('-wal')).toBeLessThan(30_000_000);
    expect(await allOf(place.archive())).toHaveLength(stored);
  });

  it.each([0, 4])(
    'A writer reports a removed file and begins a new log (%i concurrent appends)',
    async (callers) => {
      const troubles: (string | null)[] = [];
      const keys = someAuditKeys();
      const store = await place.store();
      const writer = new AuditWriter({
        store,
        keys,
        onHealth: (trouble) => troubles.push(trouble),
        publish: () => undefined,
        times: { probeMs: 50, againMs: 20 },
      });
      await writer.start();
      const [lost, underWay, found] = [anEvent({ stage: 'denied' }), anEvent(), anEvent()];
      await writer.append(lost);
      await writer.append(underWay);
      expect(await store.openIntents('9', 5)).toHaveLength(1);
      for (const name of ['', '-wal', '-shm']) rmSync(place.path + name);
      const writing = Array.from({ length: callers }, async () => {
        while (writer.isHealthy) await writer.append(anEvent({ stage: 'denied' })).catch(() => undefined);
      });
      await Promise.all(writing);
      await eventually(() => troubles.length > 2 || undefined);
      await eventually(() => writer.isHealthy || undefined);
      await writer.append(found);
      const open = (await store.openIntents('9', 5)).map((body) => (JSON.parse(body) as AuditEvent).op_id);
      expect(open).toEqual([underWay.op_id, found.op_id]);
      expect(await store.find(lost)).toBeNull();
      expect((await verify(place.archive(), { keys })).finding?.message).toMatch(
        /^Cut: .* its chain is gone/,
      );
      await writer.close();
      expect(troubles).toEqual(['opening', null, expect.stringMatching(/moved or removed/), null]);
    },
  );

  it('INSERT OR REPLACE cannot replace a record', async () => {
    const store = await place.store();
    await store.append(chain.several({}, {}));
    const before = await allOf(place.archive());
    for (const columns of ['position, body, hash', 'body, hash']) {
      const values = columns.replace('hash', "'x'");
      const sql = `INSERT OR REPLACE INTO audit_records (${columns}) SELECT ${values} FROM audit_records`;
      await expect(place.sql(sql)).rejects.toThrow('not replaced');
    }
    expect(await allOf(place.archive())).toEqual(before);
  });

  it('A store refuses a log of a later version', async () => {
    await (await place.store()).close();
    await place.sql('PRAGMA user_version = 99');
    await expect(place.store()).rejects.toThrow(
      'a later version of the gateway has made it (99; this one knows 1)',
    );
  });

  it('A process ends by itself with an open store', async () => {
    const child = runAuditProcess(`
      const { SqliteStore } = await load('gateway/audit/sqlite/store');
      const store = new SqliteStore({ path: ${JSON.stringify(place.path)} });
      await store.open();
      await store.find({ op_id: 'none', stage: 'intent' });
      say('done');`);
    expect(await child.ended()).toBe(0);
    expect(child.lines()).toEqual(['done']);
  });
});

describe('Logs that cannot be written', () => {
  it('A store reports the lock of another process, and appends after that process ends', async () => {
    const store = await place.store();
    const other = runAuditProcess(`
      const { DatabaseSync } = await import('node:sqlite');
      new DatabaseSync(${JSON.stringify(place.path)}, { timeout: 1000 }).exec('BEGIN EXCLUSIVE');
      say('locked');
      process.stdin.resume();`);
    await other.said('locked');
    const record = chain.add();
    await expect(store.append([record])).rejects.toThrow('database is locked');
    // After a failure, the store has to be opened again.
    await expect(store.append([record])).rejects.toThrow('not open');
    await other.kill();
    await store.open();
    expect(await store.append([record])).toBe('stored');
  });

  it('A store opens again while an append hangs, and that append fails', async () => {
    const store = new SqliteStore({ path: place.path, busyMs: 60_000 });
    try {
      await store.open();
      const back = await place.away();
      const hanging = store.append([chain.add()]);
      const opened = store.open();
      await expect(hanging).rejects.toThrow(AuditStoreError);
      await opened;
      await back();
      expect(await store.append([new AChain().add()])).toBe('stored');
    } finally {
      await store.close();
    }
  });

  it('The error says that the folder cannot be written', async () => {
    const folder = join(place.folder, 'closed');
    const built = join(place.folder, 'built');
    mkdirSync(folder, { mode: 0o555 });
    chmodSync(place.folder, 0o755);
    // Where the user of the process can read it.
    cpSync('dist/src', built, { recursive: true });
    writeFileSync(join(built, 'package.json'), '{ "type": "module" }');
    const child = runAuditProcess(
      `
      const { SqliteStore } = await load('gateway/audit/sqlite/store');
      // Root may write in every folder.
      if (process.getuid() === 0) process.setgid(65534), process.setuid(65534);
      for (const path of ['audit.db', 'data/audit.db']) {
        const store = new SqliteStore({ path: ${JSON.stringify(folder)} + '/' + path });
        await store.open().catch((error) => say(error.name + ': ' + error.message));
      }`,
      { built },
    );
    expect(await child.ended()).toBe(0);
    const text = 'AuditStoreError: The audit store failed: the folder cannot be written (EACCES).';
    expect(child.lines()).toEqual([text, text]);
  });

  it('The error says that a part of the path is not a folder', async () => {
    writeFileSync(join(place.folder, 'data'), '');
    await expect(place.store()).rejects.toThrow('part of its path is not a folder');
  });

  it('A store keeps all acknowledged records where the file reaches its size limit', async () => {
    const child = runAuditProcess(appending(place.path, 'x'.repeat(2000)), { mostKiB: 600 });
    expect(await child.ended()).toBe(0);
    const [failure, ...stored] = child.lines().reverse();
    expect(failure).toBe('AuditStoreError: The audit store failed: disk I/O error.');
    expect(stored.length).toBeGreaterThan(10);
    await expectAllOf(stored);
  });

  const itWithDisks = canMount() ? it : it.skip;
  itWithDisks('A store reports a full disk, keeps all records, and appends when there is room', async () => {
    const disk = join(place.folder, 'data');
    mkdirSync(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status).toBe(0);
    const store = new SqliteStore({ path: place.path });
    try {
      await store.open();
      writeFileSync(join(disk, 'other'), Buffer.alloc(300 * 1024));
      const stored: string[] = [];
      const append = async () => {
        const op_id = randomUUIDv7();
        await store.append([chain.add({ op_id, request_id: 'x'.repeat(2000) })]);
        stored.push(op_id);
      };
      await expect(forEver(append)).rejects.toThrow('database or disk is full');
      expect(stored.length).toBeGreaterThan(10);
      rmSync(join(disk, 'other'));
      await store.open();
      chain = new AChain();
      await append();
      const found = (await allOf(place.archive())).map((record) => eventOf(record).op_id);
      expect(found).toEqual(expect.arrayContaining(stored));
      expect(await place.archive().damage()).toBeNull();
    } finally {
      await store.close();
      expect(spawnSync('umount', [disk]).status).toBe(0);
    }
  });

  async function expectAllOf(ids: readonly string[]): Promise<void> {
    expect((await allOf(place.archive())).map((record) => eventOf(record).op_id)).toEqual(
      expect.arrayContaining([...ids]),
    );
    expect(await place.archive().damage()).toBeNull();
  }
});

describe('Damaged logs', () => {
  const pages = (table: string) =>
    withDatabase(place.path, (db) =>
      db.prepare(`SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno`).all(table),
    ).map(({ pageno }) => Number(pageno));
  const edit = (change: (file: Buffer) => void) => {
    const file = readFileSync(place.path);
    change(file);
    writeFileSync(place.path, file);
  };
  const expectDamage = async (what: string) => {
    expect(await place.archive().damage()).toBe(what);
    await expect(allOf(place.archive())).rejects.toThrow(AuditStoreError);
    await expect(allOf(place.archive())).rejects.toThrow(`the file is damaged: ${what}`);
  };

  it('The archive reports a file that is not a database', async () => {
    await (await filled()).close();
    edit((file) => file.fill(0xff, 0, 100));
    await expect(place.store()).rejects.toThrow('file is not a database');
    await expectDamage('file is not a database');
  });

  it.each([
    ['zeros', 0],
    ['nonsense', 0xa5],
  ])('The archive names the page that holds %s', async (_, value) => {
    await (await filled()).close();
    const page = pages('audit_records')[5] ?? 0;
    edit((file) => file.fill(value, (page - 1) * 4096, page * 4096));
    await expectDamage(`Tree 2 page ${page}: btreeInitPage() returns error code 11`);
  });

  it('The archive reports a truncated file', async () => {
    await (await filled()).close();
    truncateSync(place.path, 40 * 4096 + 100);
    await expectDamage('database disk image is malformed');
  });

  it('The archive reads a record that was edited in the file, and all others', async () => {
    await (await filled()).close();
    const [text] = await place.sql('SELECT body FROM audit_records WHERE position = 500');
    edit((file) => file.write('x', file.indexOf(String(text?.['body']))));
    const store = await place.store();
    const found = await allOf(place.archive());
    expect(found).toHaveLength(1000);
    expect(found.filter(({ body }) => body.startsWith('x'))).toHaveLength(1);
    expect(await store.search({ zoneId: 'zone' }, null, 2000)).toHaveLength(1000);
    expect(await store.heads()).toEqual([chain.head]);
    expect(await place.archive().damage()).toMatch(/audit_records/);
  });

  it('The archive reads records that an index lacks, and names that index', async () => {
    await filled();
    await place.sql('DROP INDEX audit_records_chain');
    await place.sql('CREATE UNIQUE INDEX audit_records_chain ON audit_records (writer, seq) WHERE seq < 9');
    expect(await allOf(place.archive())).toHaveLength(1000);
    expect(await place.archive().damage()).toBe('audit_records_chain is not as it was made');
  });

  it('The archive reports that the trigger that protects records is missing', async () => {
    await filled();
    await place.sql('DROP TRIGGER audit_records_stay');
    expect(await place.archive().damage()).toBe('audit_records_stay is missing');
  });

  it('The archive reports that there is no file', async () => {
    await expect(place.archive().damage()).rejects.toThrow('unable to open database file');
    await expect(allOf(place.archive())).rejects.toThrow('unable to open database file');
  });
});

/** Appends one record after another until that fails. Prints each acknowledged id, then the error. */
function appending(path: string, filler: string): string {
  return `
    const { randomUUIDv7 } = await import('node:crypto');
    const { SqliteStore } = await load('gateway/audit/sqlite/store');
    const store = new SqliteStore({ path: ${JSON.stringify(path)} });
    await store.open();
    try {
      for (let seq = 1; ; seq += 1) {
        const event = { op_id: randomUUIDv7(), stage: 'intent', ts: new Date().toISOString(), writer: 'w', seq };
        await store.append([{ body: JSON.stringify({ ...event, filler: ${JSON.stringify(filler)} }), hash: 'x' }]);
        say(event.op_id);
      }
    } catch (error) {
      say(error.name + ': ' + error.message);
    }`;
}

async function forEver(act: () => Promise<void>): Promise<never> {
  for (;;) await act();
}

function canMount(): boolean {
  const options = ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs'];
  const probe = sqlitePlace().folder;
  const isMounted = spawnSync('mount', [...options, probe]).status === 0;
  if (isMounted) spawnSync('umount', [probe]);
  rmSync(probe, { recursive: true });
  return isMounted;
}
