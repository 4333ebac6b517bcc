import { createHash, createPrivateKey, createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { rotateKeyRing } from '../../src/platform/keys/key-ring.js';
import { runAudit } from '../support/audit/audit-command.js';
import { type AuditCliPlace, auditCliPlaces } from '../support/audit/audit-cli-place.js';
import { eventOf, withDatabase } from '../support/audit/audit-stores.js';

const here = auditCliPlaces();
let at: AuditCliPlace;
beforeEach(() => void (at = here()));

/** What a log alone does not show, and what to do. */
const hint =
  'A log alone does not show that its end is missing, or that the whole log was replaced: give what the gateway has printed with --checkpoints <file>.';

describe('npm run audit -- verify', () => {
  it('The verify command prints what it has verified, also after the key ring was rotated', async () => {
    await at.aChainOf({}, {});
    rotateKeyRing(at.keysFile);
    await at.aChainOf({});
    expect(await at.audit('verify')).toEqual({
      code: 0,
      output: `7 records in 2 chains with 2 checkpoints verify. ${hint}\n`,
      errors: '',
    });
    expect(new Set((await at.ofTexts()).map((record) => eventOf(record).kid)).size).toBe(2);
  });

  it('The verify command reads the checkpoints that a gateway printed from lines with any prefix', async () => {
    await at.aChainOf({});
    writeFileSync(at.printedFile, at.printed.map((line) => `gateway-1  | ${line}`).join('\r\n'));
    expect(await at.audit('verify', '--checkpoints', at.printedFile)).toMatchObject({
      code: 0,
      output:
        '3 records in 1 chain with 1 checkpoint verify; nothing is missing that 1 saved checkpoint named.\n',
    });
  });

  it('The verify command finds a saved checkpoint whose sequence number or hash was changed', async () => {
    await at.aChainOf({});
    for (const change of ['"seq":2', '"hash":"']) {
      const changed = at.printed.join('\n').replace(change, change.replace('2', '1').replace(':"', ':"0'));
      writeFileSync(at.printedFile, changed);
      const { code, errors } = await at.audit('verify', '--checkpoints', at.printedFile);
      expect(code).toBe(1);
      expect(errors).toContain('Unsigned: the saved checkpoint');
    }
  });

  it('The verify command reports a file of checkpoints that has none, or that cannot be read', async () => {
    await at.aChainOf({});
    writeFileSync(at.printedFile, 'nothing\n{"msg":"audit checkpoint"}\n');
    const asked = (path: string) => at.audit('verify', '--checkpoints', path);
    expect(await asked(at.printedFile)).toMatchObject({
      code: 1,
      errors: `${at.printedFile} holds no checkpoint: no line in it has the msg "audit checkpoint".\n`,
    });
    const nowhere = join(at.place.folder, 'nowhere');
    expect(await asked(nowhere)).toMatchObject({
      code: 1,
      errors: `${nowhere} cannot be read (ENOENT). It is what the gateway has printed: npm start > gateway.log\n`,
    });
    expect(await asked(at.place.folder)).toMatchObject({
      code: 1,
      errors: `${at.place.folder} cannot be read (EISDIR). It is what the gateway has printed: npm start > gateway.log\n`,
    });
  });

  it('The verify command without a key ring finds gaps alone, and says so', async () => {
    await at.aChainOf({ op_id: 'one' }, {}, {});
    rmSync(at.keysFile);
    withDatabase(at.place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_last; DROP TRIGGER audit_records_stay');
      db.exec("UPDATE audit_records SET body = replace(body, 'one', 'two')");
    });
    const weak = `There is no key ring ${at.keysFile}: only gaps are found`;
    const { errors } = await at.audit('verify');
    expect(errors).toContain(weak);
    expect(errors).not.toContain('Edited');
    withDatabase(at.place.path, (db) => db.exec('DELETE FROM audit_records WHERE seq = 3'));
    const { code, errors: gap } = await at.audit('verify');
    expect(code).toBe(1);
    expect(gap).toMatch(/Gap: record 3 of chain [0-9a-f-]+: it is missing\./);
    expect(existsSync(at.keysFile)).toBe(false);
  });

  it('The verify command without a key ring exits with 1 for members of a wrong type', async () => {
    await at.aChainOf({}, {});
    rmSync(at.keysFile);
    for (const text of [
      `'{"follows":7,"checkpoint":7,"tombstone":7,"stage":"writer","writer":"a","seq":1,"prev":"","kid":"k","op_id":"1","ts":"1"}'`,
      `'{"follows":[null,{}],"checkpoint":{"heads":{}},"tombstone":{"pruned":[null]},"stage":"checkpoint","writer":"a","seq":1,"prev":"","kid":"k","op_id":"2","ts":"1"}'`,
    ]) {
      withDatabase(at.place.path, (db) => {
        db.exec('DROP TRIGGER IF EXISTS audit_records_stay');
        db.exec("DELETE FROM audit_records WHERE writer = 'a'");
        db.exec(`INSERT INTO audit_records (body, hash) VALUES (${text}, '')`);
      });
      expect((await at.audit('verify')).code).toBe(1);
    }
  });

  it('The verify command checks the records between --from and --to alone', async () => {
    const ts = (day: number) => `2026-01-0${day}T00:00:00.000Z`;
    await at.aChainOf(...[1, 1, 1, 2, 3, 2, 3, 4, 4].map((day) => ({ ts: ts(day) })));
    const edit = (seq: number) =>
      withDatabase(at.place.path, (db) => {
        db.exec('DROP TRIGGER IF EXISTS audit_records_last');
        db.exec(`UPDATE audit_records SET hash = 'x' WHERE seq = ${seq}`);
        db.exec(`CREATE TRIGGER audit_records_last BEFORE UPDATE ON audit_records
  BEGIN SELECT RAISE(ABORT, 'audit records are not changed'); END`);
      });
    // A record of the first day that is not next to one of the second day.
    edit(2);
    expect(await at.audit('verify', '--from', '2026-01-02', '--to', '2026-01-04')).toMatchObject({
      code: 0,
      output: `6 records in 1 chain with 0 checkpoints verify. ${hint}\n`,
    });
    expect((await at.audit('verify', '--to', '2026-01-02')).errors).toContain('Edited: record 2 of');
    expect((await at.audit('verify', '--from', '2026-01-01T00:00:00Z')).errors).toContain(
      'Edited: record 2 of',
    );
    // A record of the third day between two of the second day.
    edit(6);
    expect((await at.audit('verify', '--from', '2026-01-02', '--to', '2026-01-03')).errors).toContain(
      'Edited: record 6 of',
    );
  });
});

describe('npm run audit -- export', () => {
  it('The export command prints each record unchanged, and signs their number and hash', async () => {
    await at.aChainOf({}, { actor: { type: 'user', verified: true, user_agent: 'ü\u2028"\n' } });
    const { code, output } = await at.audit('export');
    expect(code).toBe(0);
    const lines = output.trimEnd().split('\n');
    const last = JSON.parse(lines.pop() ?? '') as { records: number; sha256: string; signature: string };
    expect(lines).toEqual((await at.ofTexts()).map(({ body, hash }) => `{"hash":"${hash}","event":${body}}`));
    const { signature, ...said } = last;
    expect(said).toEqual({
      records: 4,
      sha256: createHash('sha256')
        .update(lines.map((line) => `${line}\n`).join(''))
        .digest('hex'),
    });
    const { signing } = JSON.parse(readFileSync(at.keysFile, 'utf8')) as { signing: string };
    const key = createPublicKey(createPrivateKey(signing));
    const text = Buffer.from(JSON.stringify(said));
    expect(verifySignature(null, text, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('The export command with --output writes a file of mode 0600, and overwrites no file', async () => {
    await at.aChainOf({ ts: '2026-01-01T00:00:00.000Z' }, { ts: '2026-01-02T00:00:00.000Z' });
    const path = join(at.place.folder, 'export.ndjson');
    const asked = ['export', '--from', '2026-01-01', '--to', '2026-01-02', '--output'];
    expect(await at.audit(...asked, path)).toEqual({ code: 0, output: '', errors: '' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain('"records":1');
    expect(await at.audit(...asked, path)).toMatchObject({
      code: 1,
      errors: `${path} is there already, and was left as it is.\n`,
    });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(await at.audit(...asked, join(at.place.folder, 'no', 'folder'))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('cannot be written (ENOENT).'),
    });
  });

  it('The export command with --output leaves no file where it fails while it reads', async () => {
    await at.aChainOf({});
    writeFileSync(at.place.path, readFileSync(at.place.path).subarray(0, 5 * 4096));
    const path = join(at.place.folder, 'export.ndjson');
    expect(await at.audit('export', '--output', path)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('database disk image is malformed'),
    });
    expect(existsSync(path)).toBe(false);
  });

  it('The export command prints a record that is not canonical JSON as a string', async () => {
    await at.aChainOf({});
    withDatabase(at.place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_last');
      db.exec(`UPDATE audit_records SET body = replace(body, '{"', '{' || char(10) || '"') WHERE seq = 2`);
    });
    const lines = (await at.audit('export')).output.trimEnd().split('\n');
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
    [['backup']],
    [['backup', '--output']],
    [['backup', '--output', 'x', '--from', '2026-01-01']],
  ])('The audit CLI exits with 2 and prints its usage for the arguments %j', async (args) => {
    await at.aChainOf({});
    const { code, output, errors } = await at.audit(...args);
    expect(code).toBe(2);
    expect(output).toBe('');
    expect(errors).toMatch(/npm run audit -- <command>|must be/);
  });

  it('The audit CLI prints its usage for --help, and exits with 0', async () => {
    expect(await at.audit('--help')).toMatchObject({ code: 0, output: expect.stringContaining('verify') });
  });

  it.each([['verify'], ['export'], ['prune', '--older-than', '1d'], ['backup', '--output', 'copy.db']])(
    'The %s command creates no log where there is none',
    async (...args) => {
      expect(await at.audit(...args)).toEqual({
        code: 1,
        output: '',
        errors: `There is no audit log ${at.place.path}; AUDIT_URL says where it is.\n`,
      });
      expect(existsSync(at.place.path)).toBe(false);
    },
  );

  it.each([['export'], ['prune', '--older-than', '1d']])(
    'The %s command creates no key ring where there is none',
    async (...args) => {
      await at.aChainOf({});
      rmSync(at.keysFile);
      const { code, errors } = await at.audit(...args);
      expect(code).toBe(1);
      expect(errors).toContain(`KEYS_FILE: there is no file ${at.keysFile}.`);
      expect(existsSync(at.keysFile)).toBe(false);
    },
  );

  it('The verify command reports a file without the table of records', async () => {
    mkdirSync(join(at.place.folder, 'data'));
    writeFileSync(at.place.path, '');
    expect(await at.audit('verify')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('audit_records is missing'),
    });
  });

  it('The audit CLI prints no password and no stack', async () => {
    const secret = 's3cret-of-the-log';
    for (const AUDIT_URL of [
      `postgres://user:${secret}@127.0.0.1:1/audit`,
      `mysql://user:${secret}@here/audit`,
    ]) {
      for (const args of [
        ['verify'],
        ['export'],
        ['prune', '--older-than', '1d'],
        ['backup', '--output', 'x'],
      ]) {
        const ran = await at.auditWith({ AUDIT_URL, KEYS_FILE: at.keysFile }, ...args);
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
