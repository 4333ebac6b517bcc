import { createHash, createPrivateKey, createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditCli } from '../../src/gateway/audit/tools/commands.js';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type AuditEvent } from '../../src/gateway/audit/record/event.js';
import { AuditKeys } from '../../src/gateway/audit/record/keys.js';
import { prune } from '../../src/gateway/audit/tools/prune.js';
import { SqliteArchive } from '../../src/gateway/audit/sqlite/archive.js';
import { SqliteStore } from '../../src/gateway/audit/sqlite/store.js';
import { verify } from '../../src/gateway/audit/tools/verify.js';
import { initKeyRing, loadKeyRing, rotateKeyRing } from '../../src/platform/keys/key-ring.js';
import { runAudit } from '../support/audit/audit-command.js';
import { allOf, anEvent, eventOf, sqlitePlace, withDatabase } from '../support/audit/audit-stores.js';

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
  await writer.start();
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

const ofTexts = () => allOf(place.archive());

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

describe('npm run audit -- prune', () => {
  const before = () => new Date(Date.now() + 1).toISOString();

  it('removes what is vouched for, three times, and it still verifies with all that was saved', async () => {
    for (let time = 0; time < 3; time += 1) {
      await aChainOf({}, {}, {});
      await aChainOf({}, {});
      expect(await audit('prune', '--older-than', '0d')).toMatchObject({
        code: 0,
        output: expect.stringMatching(
          /^Removed \d+ records from before .*\. A signed tombstone stands for them\./,
        ),
      });
      expect(await audit('verify', '--checkpoints', printedFile)).toMatchObject({ code: 0, errors: '' });
      // The checkpoint itself, which nothing vouches for yet; the pruning and its tombstone.
      expect(await ofTexts()).toHaveLength(3);
    }
    await aChainOf({});
    expect(await audit('verify', '--checkpoints', printedFile)).toMatchObject({ code: 0, errors: '' });
  });

  it('says why it removes nothing', async () => {
    await aChainOf({}, {});
    expect((await audit('prune', '--older-than', '1d')).output).toMatch(
      /^Nothing was removed: there is nothing from before 20/,
    );
    await audit('prune', '--older-than', '0d');
    const count = (await ofTexts()).length;
    expect((await audit('prune', '--older-than', '0d')).output).toBe(
      'Nothing was removed: there are only 3 older records for which no checkpoint from before then vouches.\n',
    );
    expect(await ofTexts()).toHaveLength(count);
  });

  it('keeps what comes after a record that is not old', async () => {
    const old = { ts: '2020-01-01T00:00:00.000Z' };
    await aChainOf(old, { ts: '2999-01-01T00:00:00.000Z' }, old);
    expect((await audit('prune', '--older-than', '0d')).output).toMatch(
      /^Nothing was removed: there are only/,
    );
  });

  it('removes nothing of a log that does not verify: its tombstone would vouch for it', async () => {
    await aChainOf({}, {}, {});
    withDatabase(place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_stay');
      db.exec('DELETE FROM audit_records WHERE seq = 3');
    });
    const count = (await ofTexts()).length;
    expect(await audit('prune', '--older-than', '0d')).toMatchObject({
      code: 1,
      errors: expect.stringMatching(
        /^Nothing was removed, since the log does not verify\.\nGap: record 3 of chain [\s\S]+give AUDIT_URL another file/,
      ),
    });
    expect(await ofTexts()).toHaveLength(count);
  });

  it('removes what a verification is reading, and that one finds nothing wrong', async () => {
    await aChainOf({}, {});
    await aChainOf({});
    let readings = 0;
    class Pruned extends SqliteArchive {
      override async *all() {
        readings += 1;
        if (readings === 2) await audit('prune', '--older-than', '0d');
        yield* super.all();
      }
    }
    const { finding, records } = await verify(new Pruned({ path: place.path }), { keys: keys() });
    // A whole chain is gone between two readings, so both are made once more.
    expect(readings).toBe(4);
    expect(finding).toBeNull();
    expect(records).toBe(3);
  });

  it('takes no tombstone that somebody else has signed', async () => {
    await aChainOf({}, {});
    await aChainOf({});
    const other = join(place.folder, 'other.json');
    initKeyRing(other);
    expect((await prune(place.archive(), keys(), before())).removed).toBeGreaterThan(0);
    const ring = JSON.parse(readFileSync(keysFile, 'utf8')) as { signing: string };
    const { signing } = JSON.parse(readFileSync(other, 'utf8')) as { signing: string };
    writeFileSync(keysFile, JSON.stringify({ ...ring, signing }));
    expect((await audit('verify')).errors).toMatch(/Unsigned: record \d+ of chain/);
  });
});

describe('npm run audit -- export', () => {
  it('gives every text as it stands, and signs how many there were', async () => {
    await aChainOf({}, { actor: { type: 'user', verified: true, user_agent: 'ü\u2028"\n' } });
    const { code, output } = await audit('export');
    expect(code).toBe(0);
    const lines = output.trimEnd().split('\n');
    const last = JSON.parse(lines.pop() ?? '') as { records: number; sha256: string; signature: string };
    expect(lines).toEqual((await ofTexts()).map(({ body, hash }) => `{"hash":"${hash}","event":${body}}`));
    const { signature, ...said } = last;
    expect(said).toEqual({
      records: 4,
      sha256: createHash('sha256')
        .update(lines.map((line) => `${line}\n`).join(''))
        .digest('hex'),
    });
    const { signing } = JSON.parse(readFileSync(keysFile, 'utf8')) as { signing: string };
    const key = createPublicKey(createPrivateKey(signing));
    const text = Buffer.from(JSON.stringify(said));
    expect(verifySignature(null, text, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('writes a file for its owner alone, and none over another', async () => {
    await aChainOf({ ts: '2026-01-01T00:00:00.000Z' }, { ts: '2026-01-02T00:00:00.000Z' });
    const path = join(place.folder, 'export.ndjson');
    const asked = ['export', '--from', '2026-01-01', '--to', '2026-01-02', '--output'];
    expect(await audit(...asked, path)).toEqual({ code: 0, output: '', errors: '' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"records":1');
    expect(await audit(...asked, path)).toMatchObject({
      code: 1,
      errors: `${path} is there already, and was left as it is.\n`,
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(await audit(...asked, join(place.folder, 'no', 'folder'))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('cannot be written (ENOENT).'),
    });
  });

  it('leaves no file where it fails half way', async () => {
    await aChainOf({});
    writeFileSync(place.path, readFileSync(place.path).subarray(0, 5 * 4096));
    const path = join(place.folder, 'export.ndjson');
    expect(await audit('export', '--output', path)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('database disk image is malformed'),
    });
    expect(existsSync(path)).toBe(false);
  });

  it('gives a text that is no JSON as one string', async () => {
    await aChainOf({});
    withDatabase(place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_last');
      db.exec(`UPDATE audit_records SET body = replace(body, '{"', '{' || char(10) || '"') WHERE seq = 2`);
    });
    const lines = (await audit('export')).output.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(typeof (JSON.parse(lines[1] ?? '') as { event: unknown }).event).toBe('string');
  });
});

describe('npm run audit', () => {
  it.each([
    [[]],
    [['other']],
    [['toString']],
    [['verify', 'more']],
    [['verify', '--nonsense']],
    [['verify', '--older-than', '1d']],
    [['verify', '--from']],
    [['verify', '--from', 'yesterday']],
    [['export', '--to', '2026-02-30']],
    [['prune']],
    [['prune', '--older-than', '400']],
  ])('exits with 2 for %j, and says how it is used', async (args) => {
    await aChainOf({});
    const { code, output, errors } = await audit(...args);
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(/npm run audit -- <command>|must be/);
  });

  it('says how it is used where it is asked', async () => {
    expect(await audit('--help')).toMatchObject({ code: 0, output: expect.stringContaining('verify') });
  });

  it.each([['verify'], ['export'], ['prune', '--older-than', '1d']])('%s makes no log', async (...args) => {
    expect(await audit(...args)).toEqual({
      code: 1,
      output: '',
      errors: `There is no audit log ${place.path}; AUDIT_URL says where it is.\n`,
    });
    expect(existsSync(place.path)).toBe(false);
  });

  it.each([['export'], ['prune', '--older-than', '1d']])('%s makes no key ring', async (...args) => {
    await aChainOf({});
    rmSync(keysFile);
    const { code, errors } = await audit(...args);
    expect(code).toBe(1);
    expect(errors).toContain(`KEYS_FILE: there is no file ${keysFile}.`);
    expect(existsSync(keysFile)).toBe(false);
  });

  it('says in words that a log is no log', async () => {
    mkdirSync(join(place.folder, 'data'));
    writeFileSync(place.path, '');
    expect(await audit('verify')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('audit_records is missing'),
    });
  });

  it('shows no password and no stack, as a process too', async () => {
    const secret = 's3cret-of-the-log';
    for (const AUDIT_URL of [
      `postgres://user:${secret}@127.0.0.1:1/audit`,
      `mysql://user:${secret}@here/audit`,
    ]) {
      for (const args of [['verify'], ['export'], ['prune', '--older-than', '1d']]) {
        const ran = await auditWith({ AUDIT_URL, KEYS_FILE: keysFile }, ...args);
        expect(ran).toMatchObject({ code: 1, output: '' });
        expect(ran.errors).not.toContain(secret);
        expect(ran.errors).not.toMatch(/\n {4}at /);
      }
    }
    const ran = await runAudit(['verify'], { AUDIT_URL: `mysql://user:${secret}@here/audit` });
    expect(ran).toMatchObject({ code: 1, output: '' });
    expect(ran.errors).toMatch(/^The configuration cannot be used:\n {2}AUDIT_URL: must be/);
  });
});
