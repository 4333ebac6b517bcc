import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { type StoredRecord } from '../../src/gateway/audit/record/record.js';
import { savedCheckpointsIn } from '../../src/gateway/audit/tools/saved-checkpoints.js';
import { SqliteArchive } from '../../src/gateway/audit/sqlite/archive.js';
import { SqliteStore } from '../../src/gateway/audit/sqlite/store.js';
import { type Finding, type SavedCheckpoint } from '../../src/gateway/audit/tools/verify-walk.js';
import { verify, type VerifyOptions } from '../../src/gateway/audit/tools/verify.js';
import { type AuditedLog, anAuditedLog } from '../support/audit/audited-log.js';
import { runAudit } from '../support/audit/audit-command.js';
import { AChain, allOf, anEvent, eventOf, withDatabase } from '../support/audit/audit-stores.js';
import { Random } from '../support/basics/random.js';
import { lift, type LogToTamper, nameOf, recordsIn, tamperings } from '../support/audit/tampering.js';

// `npm run test:audit-tampering` makes all 1,000 tamperings, `npm test` a quarter of each kind.
const share = process.env['AUDIT_TAMPERINGS'] === 'full' ? 1 : 1 / 4;
const tried = tamperings.map(([what, times, tamper]) => [what, Math.ceil(times * share), tamper] as const);
const changedBytes = Math.ceil(300 * share);
/** `AUDIT_SEED=…` repeats a run that failed. */
const seed = Number(process.env['AUDIT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe(`Tampering with the audit log (AUDIT_SEED=${seed})`, () => {
  const random = new Random(seed);
  let log: AuditedLog;
  let toTamper: LogToTamper;
  let saved: SavedCheckpoint[];
  let lifted: string;
  let copy: string;
  let archive: SqliteArchive;
  beforeAll(async () => {
    log = await anAuditedLog();
    [lifted, copy] = [join(log.folder, 'lifted.db'), join(log.folder, 'copy.db')];
    copyFileSync(log.path, lifted);
    lift(lifted);
    const records = recordsIn(log.path);
    const kept = new Set(records.map(({ body }) => body));
    const pruned = recordsIn(log.unprunedPath).filter(({ body }) => !kept.has(body));
    const foreign = new AChain().several({ stage: 'writer', follows: [] }, {}, {});
    toTamper = { records, pruned, foreign };
    saved = await savedCheckpointsIn(log.printedPath);
    archive = new SqliteArchive({ path: copy });
  }, 120_000);
  afterEach(() => rmSync(copy, { force: true }));
  afterAll(() => log?.remove());

  const check = (options: Partial<VerifyOptions> = {}) =>
    verify(archive, { keys: log.keys(), saved, ...options });

  it('A log that is not changed verifies', async () => {
    copyFileSync(log.path, copy);
    expect(saved).toHaveLength(3);
    expect(toTamper.pruned.length).toBeGreaterThan(40);
    expect(await check()).toEqual({
      records: toTamper.records.length,
      chains: 5,
      checkpoints: 3,
      finding: null,
    });
  });

  it.each(tried)('Verification names a record that was %s (%i cases)', async (what, times, tamper) => {
    const keys = log.keys();
    for (let time = 0; time < times; time += 1) {
      copyFileSync(lifted, copy);
      const names = withDatabase(copy, (db) => {
        db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
        return tamper(db, toTamper, random);
      });
      const { finding } = await verify(archive, { keys, saved });
      if (!isNamed(finding, names))
        throw new Error(`${what}, time ${time}: ${finding?.message ?? 'it verifies'}\n${names.join('\n')}`);
    }
  });

  it('Verification names a writer record or checkpoint that is swapped with any other record', async () => {
    const [keys, { records }] = [log.keys(), toTamper];
    const naming = records.filter((record) => ['writer', 'checkpoint'].includes(eventOf(record).stage));
    expect(naming.length).toBeGreaterThan(6);
    for (const one of naming) {
      // The order between two chains that were written at the same time is not recorded.
      for (const other of records.filter((each) => eventOf(each).writer === eventOf(one).writer)) {
        if (other === one) continue;
        copyFileSync(lifted, copy);
        withDatabase(copy, (db) => {
          db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
          const put = db.prepare('UPDATE audit_records SET body = ?, hash = ? WHERE position = ?');
          put.run(one.body, one.hash, other.position);
          put.run(other.body, other.hash, one.position);
        });
        const { finding } = await verify(archive, { keys, saved });
        const names = [nameOf(eventOf(one)), nameOf(eventOf(other))];
        if (!isNamed(finding, names)) throw new Error(`${finding?.message}\n${names.join('\n')}`);
      }
    }
  });

  it('Verification finds the end of a chain cut off, and names the first missing record', async () => {
    copyFileSync(log.path, copy);
    const heads = new Map(saved.map((head) => [head.writer, head]));
    for (const { writer, seq } of heads.values()) {
      const first = toTamper.records.filter((record) => eventOf(record).writer === writer).length;
      for (let cut = 1; cut <= first; cut += Math.ceil(first / 10)) {
        copyFileSync(lifted, copy);
        const from = seq - cut + 1;
        withDatabase(copy, (db) =>
          db.prepare('DELETE FROM audit_records WHERE writer = ? AND seq >= ?').run(writer, from),
        );
        const { finding } = await check();
        const names = cut < first ? [from] : [seq, from];
        expect(finding?.message).toMatch(new RegExp(`^Cut: record (${names.join('|')}) of chain ${writer}:`));
      }
    }
  });

  it('Verification finds a file that was rolled back, also after gateways wrote to it again', async () => {
    const latest = saved.slice(1).map(({ writer }) => writer);
    copyFileSync(log.olderPath, copy);
    expect((await check({ saved: saved.slice(0, 1) })).finding).toBeNull();
    expect((await check()).finding?.message).toMatch(
      new RegExp(`^Cut: record \\d+ of chain (${latest.join('|')}): its chain is gone`),
    );
    const since = await writeMoreTo(copy, log.keys());
    expect((await check({ saved: [...saved.slice(0, 1), ...since] })).finding).toBeNull();
    expect((await check({ saved: [...saved, ...since] })).finding?.message).toMatch(/^Cut: record/);
  });

  it('Verification finds a missing trigger, and a body with text appended to it', async () => {
    copyFileSync(log.path, copy);
    withDatabase(copy, (db) => db.exec('DROP TRIGGER audit_records_stay'));
    expect((await check()).finding?.message).toBe('The store is damaged: audit_records_stay is missing.');
    copyFileSync(lifted, copy);
    const { position } = random.of(toTamper.records);
    withDatabase(copy, (db) =>
      db.exec(`UPDATE audit_records SET body = body || char(0) || 'x' WHERE position = ${position}`),
    );
    expect((await check()).finding?.fault).toBe('edited');
  });

  it('The verify command prints what it found, and exits with 1', async () => {
    const asked = ['verify', '--checkpoints', log.printedPath];
    const audit = (...args: string[]) =>
      runAudit(args, { AUDIT_URL: `file:${copy}`, KEYS_FILE: log.keysFile, PORT: 'seventy' });
    copyFileSync(log.path, copy);
    expect(await audit(...asked)).toEqual({
      code: 0,
      output: `${toTamper.records.length} records in 5 chains with 3 checkpoints verify; nothing is missing that 3 saved checkpoints named.\n`,
      errors: '',
    });
    const edited = toTamper.records.find(({ position }) => position === 100) as StoredRecord;
    withDatabase(copy, (db) => {
      db.exec('DROP TRIGGER audit_records_last');
      db.exec(
        'UPDATE audit_records SET body = replace(body, \'"stage"\', \'"stage" \') WHERE position = 100',
      );
    });
    expect(await audit(...asked)).toEqual({
      code: 1,
      output: '',
      errors: `The log does not verify.\nEdited: ${nameOf(eventOf(edited))}: its text and its hash do not belong together.\n`,
    });
    copyFileSync(log.olderPath, copy);
    expect(await audit(...asked)).toMatchObject({
      code: 1,
      errors: expect.stringMatching(/Cut: record \d+/),
    });
    writeFileSync(copy, readFileSync(log.path).subarray(0, 20 * 4096));
    expect(await audit(...asked)).toMatchObject({
      code: 1,
      errors: 'The log does not verify.\nThe store is damaged: database disk image is malformed.\n',
    });
    writeFileSync(copy, 'no database at all');
    expect(await audit(...asked)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('file is not a database'),
    });
  });

  it(`Verification notices each of ${changedBytes} changed bytes that changes a record`, async () => {
    const [keys, whole] = [log.keys(), readFileSync(log.path)];
    for (let time = 0; time < changedBytes; time += 1) {
      const bytes = Buffer.from(whole);
      const at = random.below(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 + random.below(255)), at);
      writeFileSync(copy, bytes);
      const { finding } = await verify(archive, { keys, saved });
      const outcome = outcomeOf(finding);
      if (outcome === 'another') throw new Error(`The byte at ${at}: ${finding?.message}`);
      if (finding === null && textsOf(await allOf(archive)) !== textsOf(toTamper.records))
        throw new Error(`The byte at ${at} has changed a record, and it verifies.`);
      ['-wal', '-shm', '-journal'].forEach((end) => rmSync(copy + end, { force: true }));
    }
  });

  it('Verification says that the schema or the header is changed, also where SQLite can read neither', async () => {
    const whole = readFileSync(log.path).toString('latin1');
    expect(whole).toContain('json_extract');
    writeFileSync(copy, whole.replace('json_extract', 'json_extracu'), 'latin1');
    expect((await check()).finding?.message).toBe(
      'The store is damaged: audit_records is not as it was made.',
    );
    const header = Buffer.from(whole, 'latin1');
    header.writeUInt32BE(9, 44);
    writeFileSync(copy, header);
    expect((await check()).finding?.message).toBe(
      'The store is damaged: its header or its schema is damaged.',
    );
  });
});

async function writeMoreTo(path: string, keys: AuditKeys): Promise<SavedCheckpoint[]> {
  const published: SavedCheckpoint[] = [];
  const writer = new AuditWriter({
    store: new SqliteStore({ path }),
    keys,
    onHealth: () => undefined,
    publish: (checkpoint, head) => published.push({ checkpoint, ...head }),
  });
  await writer.start();
  await writer.append(anEvent());
  await writer.close();
  return published;
}

function textsOf(records: readonly StoredRecord[]): string {
  const ascending = records.toSorted((one, other) => one.position - other.position);
  return ascending.map(({ position, body, hash }) => `${position} ${hash} ${body}`).join('\n');
}

function outcomeOf(finding: Finding | null): string {
  if (!finding) return 'verifies';
  const { message } = finding;
  if (/^[A-Z][a-z]+: (?:record -?\d+ of chain|the record at position)/.test(message)) return 'record named';
  if (/ page \d+/i.test(message)) return 'page named';
  if (/ is (?:missing|not as it was made)\.$| index audit_records_/.test(message)) return 'table named';
  // SQLite does not always name the page.
  return / (?:database disk image is malformed|file is not a database|its header or its schema is damaged)\.$/.test(
    message,
  )
    ? 'damage reported'
    : 'another';
}

/** Whether the message begins with one of the names: of two records in the wrong order it may name either. */
function isNamed(finding: Finding | null, names: readonly string[]): boolean {
  const message = finding?.message ?? '';
  return names.some((name) => message.slice(message.indexOf(': ') + 2).startsWith(`${name}:`));
}
