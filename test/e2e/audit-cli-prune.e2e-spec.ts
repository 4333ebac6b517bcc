import { createHash, createPrivateKey, createPublicKey, verify as verifySignature } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { auditCli } from '../../src/audit/audit-command.js';
import { AuditWriter } from '../../src/audit/audit-writer.js';
import { type AuditEvent } from '../../src/audit/event.js';
import { AuditKeys } from '../../src/audit/keys.js';
import { prune } from '../../src/audit/prune.js';
import { SqliteStore } from '../../src/audit/sqlite-store.js';
import { verify } from '../../src/audit/verify.js';
import { initKeyRing, loadKeyRing } from '../../src/config/key-ring.js';
import { runAudit } from '../support/audit-command.js';
import { allOf, anEvent, sqlitePlace, withDatabase } from '../support/audit-stores.js';

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
    class Pruned extends SqliteStore {
      override async *all() {
        readings += 1;
        if (readings === 2) await audit('prune', '--older-than', '0d');
        yield* super.all();
      }
    }
    const store = new Pruned({ path: place.path });
    const { finding, records } = await verify(store, { keys: keys() });
    await store.close();
    // A whole chain is gone between two readings, so both are made once more.
    expect(readings).toBe(4);
    expect(finding).toBeNull();
    expect(records).toBe(3);
  });

  it('takes no tombstone that somebody else has signed', async () => {
    await aChainOf({}, {});
    await aChainOf({});
    const store = new SqliteStore({ path: place.path });
    const other = join(place.folder, 'other.json');
    initKeyRing(other);
    expect((await prune(store, keys(), before())).removed).toBeGreaterThan(0);
    await store.close();
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
      errors: expect.stringContaining('unreadable at page 6'),
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
