import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { SqliteArchive } from '../../src/gateway/audit/sqlite/archive.js';
import { SqliteStore } from '../../src/gateway/audit/sqlite/store.js';
import { prune } from '../../src/gateway/audit/tools/prune.js';
import { verify } from '../../src/gateway/audit/tools/verify.js';
import { runAudit } from '../support/audit/audit-command.js';
import { type AuditCliPlace, auditCliPlaces } from '../support/audit/audit-cli-place.js';
import { allOf, anEvent, withDatabase } from '../support/audit/audit-stores.js';
import { blocksOf } from '../support/basics/pages.js';
import { zoneId } from '../support/gateway/fleet.js';
import { startProcess } from '../support/gateway/process.js';
import { call } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { PostgresBinary } from '../support/postgres/postgres-binary.js';
import { postgresBinary } from '../support/postgres/postgres-install.js';
import { owner, runSql, TestPostgres } from '../support/postgres/postgres.js';
import { startSandbox } from '../support/upstream/sandbox.js';

const run = promisify(execFile);

const here = auditCliPlaces();
let at: AuditCliPlace;
let copy: string;
beforeEach(() => {
  at = here();
  copy = join(at.place.folder, 'copy.db');
});

describe('npm run audit -- backup', () => {
  it('The backup command makes a copy of mode 0600 that verifies, and overwrites no file', async () => {
    await at.aChainOf({}, {}, {});
    expect(await at.audit('backup', '--output', copy)).toEqual({
      code: 0,
      output: expect.stringMatching(
        /^.*copy\.db is a copy of the log\.\n5 records in 1 chain with 1 checkpoint verify\. A log alone /,
      ),
      errors: '',
    });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(existsSync(`${copy}-wal`) || existsSync(`${copy}-journal`)).toBe(false);
    expect(await allOf(new SqliteArchive({ path: copy }))).toEqual(await at.ofTexts());
    const bytes = readFileSync(copy);
    expect(await at.audit('backup', '--output', copy)).toEqual({
      code: 1,
      output: '',
      errors: `${copy} is there already, and was left as it is.\n`,
    });
    expect(await at.audit('backup', '--output', at.place.path)).toMatchObject({ code: 1 });
    expect(readFileSync(copy)).toEqual(bytes);
    expect((await at.audit('verify')).code).toBe(0);
  });

  it('A copy is consistent while a gateway writes, who is not held up', async () => {
    // Enough that a copy takes a while.
    await at.aChainOf(...Array.from({ length: 3000 }, () => ({ request_id: 'x'.repeat(500) })));
    const writer = new AuditWriter({
      store: new SqliteStore({ path: at.place.path }),
      keys: at.keys(),
      onHealth: () => undefined,
      publish: () => undefined,
    });
    await writer.start();
    let isOver = false;
    const times: number[] = [];
    const writing = (async () => {
      while (!isOver) {
        const start = performance.now();
        await writer.append(anEvent({ ts: new Date().toISOString() }));
        times.push(performance.now() - start);
        await sleep(1);
      }
    })();
    const copies = [1, 2, 3].map((number) => join(at.place.folder, `copy-${number}.db`));
    const environment = { AUDIT_URL: `file:${at.place.path}`, KEYS_FILE: at.keysFile };
    for (const path of copies) {
      const { code, output, errors } = await runAudit(['backup', '--output', path], environment);
      expect([code, errors]).toEqual([0, '']);
      expect(output).toMatch(/ records in 2 chains with \d checkpoints? verify\. /);
    }
    isOver = true;
    await writing;
    await writer.close();
    expect(times.length).toBeGreaterThan(50);
    // A gateway gives a commit up after 1.5 s.
    expect(Math.max(...times)).toBeLessThan(1500);
    const texts = (await at.ofTexts()).map(({ hash }) => hash);
    let before = 0;
    for (const path of copies) {
      const copied = (await allOf(new SqliteArchive({ path }))).map(({ hash }) => hash);
      expect(copied.length).toBeGreaterThan(before);
      // Each record up to one moment, and none after it.
      const ofChains = new Set(copied);
      expect(copied.filter((hash) => !texts.includes(hash))).toEqual([]);
      expect(ofChains.size).toBe(copied.length);
      before = copied.length;
    }
    expect((await at.audit('verify')).code).toBe(0);
  });

  it('A gateway goes on with a copy as its log, and the log verifies', async () => {
    await at.aChainOf({}, {});
    await at.audit('backup', '--output', copy);
    rmSync(at.place.path);
    writeFileSync(at.place.path, readFileSync(copy), { mode: 0o600 });
    await at.aChainOf({});
    expect((await at.audit('verify', '--checkpoints', at.printedFile)).output).toMatch(
      /^7 records in 2 chains .* nothing is missing/,
    );
  });

  it('A copy has nothing of records that were pruned', async () => {
    await at.aChainOf({ request_id: 'an-id-that-goes' }, {});
    await prune(new SqliteArchive({ path: at.place.path }), at.keys(), new Date().toISOString());
    await at.aChainOf({ request_id: 'an-id-that-stays' });
    expect((await at.audit('backup', '--output', copy)).code).toBe(0);
    const text = readFileSync(copy, 'latin1');
    expect([text.includes('an-id-that-goes'), text.includes('an-id-that-stays')]).toEqual([false, true]);
  });

  it('A copy of a log that was edited is made, and does not verify', async () => {
    await at.aChainOf({ op_id: 'one' }, {});
    withDatabase(at.place.path, (db) => {
      db.exec('DROP TRIGGER audit_records_last');
      db.exec("UPDATE audit_records SET body = replace(body, 'one', 'two')");
    });
    const { code, output, errors } = await at.audit('backup', '--output', copy);
    expect([code, output]).toEqual([1, `${copy} is a copy of the log.\n`]);
    expect(errors).toMatch(/^The log does not verify\.\nEdited: record 2 of chain /);
    expect((await verify(new SqliteArchive({ path: copy }), { keys: at.keys() })).finding?.fault).toBe(
      'edited',
    );
  });

  it('The backup command without a key ring says what it did not verify', async () => {
    await at.aChainOf({});
    rmSync(at.keysFile);
    expect(await at.audit('backup', '--output', copy)).toMatchObject({
      code: 0,
      errors: expect.stringContaining('There is no key ring'),
    });
  });

  it('The backup command leaves no file where it fails, and says why', async () => {
    await at.aChainOf({});
    expect(await at.audit('backup', '--output', join(at.place.folder, 'no', 'folder'))).toMatchObject({
      code: 1,
      errors: expect.stringContaining('cannot be written (ENOENT).'),
    });
    mkdirSync(copy);
    expect(await at.audit('backup', '--output', copy)).toMatchObject({ code: 1 });
    rmSync(copy, { recursive: true });
    writeFileSync(at.place.path, readFileSync(at.place.path).subarray(0, 5 * 4096));
    expect(await at.audit('backup', '--output', copy)).toMatchObject({
      code: 1,
      output: '',
      errors: expect.stringContaining('database disk image is malformed'),
    });
    expect(existsSync(copy)).toBe(false);
  });

  it('The backup command names pg_dump for a log in PostgreSQL', async () => {
    const environment = { AUDIT_URL: 'postgres://user:s3cret@127.0.0.1:1/audit', KEYS_FILE: at.keysFile };
    const { code, output, errors } = await at.auditWith(environment, 'backup', '--output', copy);
    expect([code, output]).toEqual([1, '']);
    expect(errors).toContain('pg_dump --format=custom --file=audit.dump "$AUDIT_URL"');
    expect(errors).not.toContain('s3cret');
    expect(existsSync(copy)).toBe(false);
    // The page that it names has the command.
    expect(readFileSync('docs/audit.md', 'utf8')).toContain(
      'pg_dump --format=custom --file=audit.dump "$AUDIT_URL"',
    );
  });
});

describe('A log in PostgreSQL', () => {
  it('The commands of the page copy a log while a gateway writes, and restore it as one that verifies', async () => {
    const binary = await postgresBinary();
    // Not in a container: its tools have to be of the same version.
    const postgres = await new TestPostgres(await PostgresBinary.create(binary, owner)).start();
    const sandbox = await startSandbox({ anyZone: true });
    const copyUrl = new URL(postgres.url);
    copyUrl.pathname = '/audit_copy';
    const environment = (AUDIT_URL: string) => ({ AUDIT_URL, KEYS_FILE: at.keysFile });
    const start = (url: string) => startProcess({ ...environment(url), CLOUDFLARE_BASE_URL: sandbox.url });
    const gateway = await start(postgres.url);
    let zones = 0;
    const change = ({ url }: { url: string }) =>
      call(`${url}/client/v4${pathOf('/settings', zoneId(zones++))}`, 'PUT', {
        headers: bearer,
        body: { enabled: true },
      });
    try {
      for (let times = 0; times < 20; times++) expect((await change(gateway)).status).toBe(200);
      let isOver = false;
      const changing = (async () => {
        while (!isOver) expect((await change(gateway)).status).toBe(200);
      })();
      // The commands of the page, with its words for the place.
      const [block = ''] = blocksOf(readFileSync('docs/audit.md', 'utf8'), 'console').filter((each) =>
        each.includes('pg_dump'),
      );
      const [dump = '', restore = '', verification = ''] = block.trim().split('\n');
      const shell = (script: string, env: Record<string, string> = {}) =>
        run('bash', ['-euc', script], {
          cwd: at.place.folder,
          env: { PATH: `${dirname(binary)}:${process.env['PATH']}`, AUDIT_URL: postgres.url, ...env },
        });
      await shell(dump);
      isOver = true;
      await changing;
      expect(statSync(join(at.place.folder, 'audit.dump')).mode & 0o777).toBe(0o600);
      const { hostname: PGHOST, port: PGPORT, username: PGUSER, password: PGPASSWORD } = copyUrl;
      await shell(restore, { PGHOST, PGPORT, PGUSER, PGPASSWORD });
      expect(verification).toContain('npm run audit -- verify');
      const { code, output } = await runAudit(['verify'], environment(copyUrl.href));
      expect([code, output]).toEqual([0, expect.stringMatching(/ records in 1 chain /)]);
      // A gateway goes on with it, as with the log that it is a copy of: nothing in it can be changed.
      const next = await start(copyUrl.href);
      expect((await change(next)).status).toBe(200);
      expect(await next.stop('SIGINT')).toBe(0);
      expect((await runAudit(['verify'], environment(copyUrl.href))).output).toMatch(/ records in 2 chains /);
      await expect(runSql(copyUrl.href, 'DELETE FROM audit_records')).rejects.toThrow('neither changed');
    } finally {
      await gateway.stop('SIGINT');
      await sandbox.close();
      await postgres.close();
    }
  }, 300_000);
});
