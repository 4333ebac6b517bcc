import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditCli } from '../../src/audit/audit-command.js';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { type AuditEvent } from '../../src/audit/event.js';
import { AuditKeys } from '../../src/audit/keys.js';
import { SqliteStore } from '../../src/audit/sqlite-store.js';
import { initKeyRing, loadKeyRing, rotateKeyRing } from '../../src/config/key-ring.js';
import { allOf, anEvent, eventOf, sqlitePlace, withDatabase } from '../support/audit-stores.js';

let place: ReturnType<typeof sqlitePlace>;
let keysFile: string;
let printedFile: string;
let printed: string[];

beforeEach(() => {
  place = sqlitePlace();
  keysFile = join(place.folder, 'keys.json');
  printedFile = join(place.folder, 'printed.log');
  printed = ['{"msg":"listening","url":"http://127.0.0.1:1"}', 'no JSON at all'];
  initKeyRing(keysFile);
});

afterEach(() => place.remove());

const keys = () => new AuditKeys(loadKeyRing(keysFile, { mayCreate: false }).ring);

/** What a gateway does between its start and its end. */
async function aChainOf(...events: Partial<AuditEvent>[]): Promise<void> {
  const writer = new AuditWriter({
    store: new SqliteStore({ path: place.path }),
    keys: keys(),
    onHealth: () => undefined,
    publish: (checkpoint, head) =>
      printed.push(JSON.stringify({ level: 30, checkpoint, ...head, msg: 'audit checkpoint' })),
  });
  await writer.opened();
  for (const event of events) await writer.append(anEvent({ ts: new Date().toISOString(), ...event }));
  await writer.close();
  writeFileSync(printedFile, printed.join('\n'));
}

async function audit(...args: string[]) {
  return auditWith({ AUDIT_URL: `file:${place.path}`, KEYS_FILE: keysFile, PORT: 'no port' }, ...args);
}

async function auditWith(environment: Record<string, string>, ...args: string[]) {
  const [output, errors] = [collecting(), collecting()];
  const code = await auditCli(args, output.stream, errors.stream, environment);
  return { code, output: output.text(), errors: errors.text() };
}

function collecting() {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

const ofTexts = async () => {
  const store = new SqliteStore({ path: place.path });
  const records = await allOf(store);
  await store.close();
  return records;
};

/** What a log alone does not show, and what to do. */
const hint =
  'A log alone does not show that its end is missing, or that the whole log was replaced: give what the gateway has printed with --checkpoints <file>.';

describe('npm run audit -- verify', () => {
  it('says what it has verified, also of a key ring that was rotated', async () => {
    await aChainOf({}, {});
    rotateKeyRing(keysFile);
    await aChainOf({});
    expect(await audit('verify')).toEqual({
      code: 0,
      output: `7 records in 2 chains with 2 checkpoints verify. ${hint}\n`,
      errors: '',
    });
    expect(new Set((await ofTexts()).map((record) => eventOf(record).kid)).size).toBe(2);
  });

  it('takes what a gateway has printed, whatever else stands there and before it', async () => {
    await aChainOf({});
    writeFileSync(printedFile, printed.map((line) => `gateway-1  | ${line}`).join('\r\n'));
    expect(await audit('verify', '--checkpoints', printedFile)).toMatchObject({
      code: 0,
      output:
        '3 records in 1 chain with 1 checkpoint verify; nothing is missing that 1 saved checkpoint named.\n',
    });
  });

  it('finds that somebody else has signed what was saved, or something else', async () => {
    await aChainOf({});
    for (const change of ['"seq":2', '"hash":"']) {
      const changed = printed.join('\n').replace(change, change.replace('2', '1').replace(':"', ':"0'));
      writeFileSync(printedFile, changed);
      const { code, errors } = await audit('verify', '--checkpoints', printedFile);
      expect(code).toBe(1);
      expect(errors).toContain('Unsigned: the saved checkpoint');
    }
  });

  it('says that nothing was saved, or that it cannot be read', async () => {
    await aChainOf({});
    writeFileSync(printedFile, 'nothing\n{"msg":"audit checkpoint"}\n');
    const asked = (path: string) => audit('verify', '--checkpoints', path);
    expect(await asked(printedFile)).toMatchObject({
      code: 1,
      errors: `${printedFile} holds no checkpoint: no line in it has the msg "audit checkpoint".\n`,
    });
    const nowhere = join(place.folder, 'nowhere');
    expect(await asked(nowhere)).toMatchObject({
      code: 1,
      errors: `${nowhere} cannot be read (ENOENT). It is what the gateway has printed: npm start > gateway.log\n`,
    });
    expect(await asked(place.folder)).toMatchObject({
      code: 1,
      errors: `${place.folder} cannot be read (EISDIR). It is what the gateway has printed: npm start > gateway.log\n`,
    });
  });

  it('finds gaps without a key ring, no edited text, and says so', async () => {
    await aChainOf({ op_id: 'one' }, {}, {});
    rmSync(keysFile);
    withDatabase(place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_last; DROP TRIGGER audit_records_stay');
      db.exec("UPDATE audit_records SET body = replace(body, 'one', 'two')");
    });
    const weak = `There is no key ring ${keysFile}: only gaps are found`;
    const { errors } = await audit('verify');
    expect(errors).toContain(weak);
    expect(errors).not.toContain('Edited');
    withDatabase(place.path, (db) => db.exec('DELETE FROM audit_records WHERE seq = 3'));
    const { code, errors: gap } = await audit('verify');
    expect(code).toBe(1);
    expect(gap).toMatch(/Gap: record 3 of chain [0-9a-f-]+: it is missing\./);
    expect(existsSync(keysFile)).toBe(false);
  });

  it('survives whatever stands in a text that nobody has signed', async () => {
    await aChainOf({}, {});
    rmSync(keysFile);
    for (const text of [
      `'{"follows":7,"checkpoint":7,"tombstone":7,"stage":"writer","writer":"a","seq":1,"prev":"","kid":"k","op_id":"1","ts":"1"}'`,
      `'{"follows":[null,{}],"checkpoint":{"heads":{}},"tombstone":{"pruned":[null]},"stage":"checkpoint","writer":"a","seq":1,"prev":"","kid":"k","op_id":"2","ts":"1"}'`,
    ]) {
      withDatabase(place.path, (db) => {
        db.exec('DROP TRIGGER IF EXISTS audit_records_stay');
        db.exec("DELETE FROM audit_records WHERE writer = 'a'");
        db.exec(`INSERT INTO audit_records (body, hash) VALUES (${text}, '')`);
      });
      expect((await audit('verify')).code).toBe(1);
    }
  });

  it('looks only at a range, and at whatever came between its ends', async () => {
    const ts = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    await aChainOf(...[1, 1, 1, 2, 3, 2, 3, 4, 4].map((day) => ({ ts: ts(day) })));
    const edit = (seq: number) =>
      withDatabase(place.path, (db) => {
        db.exec('DROP TRIGGER IF EXISTS audit_records_last');
        db.exec(`UPDATE audit_records SET hash = 'x' WHERE seq = ${seq}`);
        db.exec(`CREATE TRIGGER audit_records_last BEFORE UPDATE ON audit_records
  BEGIN SELECT RAISE(ABORT, 'audit records are not changed'); END`);
      });
    // Of the first day, and not next to the second.
    edit(2);
    expect(await audit('verify', '--from', '2026-01-02', '--to', '2026-01-04')).toMatchObject({
      code: 0,
      output: `6 records in 1 chain with 0 checkpoints verify. ${hint}\n`,
    });
    expect((await audit('verify', '--to', '2026-01-02')).errors).toContain('Edited: record 2 of');
    expect((await audit('verify', '--from', '2026-01-01T00:00:00Z')).errors).toContain('Edited: record 2 of');
    // Of the third day, between two of the second.
    edit(6);
    expect((await audit('verify', '--from', '2026-01-02', '--to', '2026-01-03')).errors).toContain(
      'Edited: record 6 of',
    );
  });
});
