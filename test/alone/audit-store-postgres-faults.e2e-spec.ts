import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { PostgresArchive } from '../../src/gateway/audit/postgres/archive.js';
import { PostgresStore } from '../../src/gateway/audit/postgres/store.js';
import { AuditStoreError } from '../../src/gateway/audit/record/store.js';
import { allOf, anEvent, someAuditKeys } from '../support/audit/audit-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { aChain, aZone } from '../support/postgres/postgres-records.js';
import {
  aDatabase,
  aWriterRole,
  runSql,
  startPostgres,
  type TestPostgres,
} from '../support/postgres/postgres.js';

/** Two, since two tests run beside each other. */
const servers: TestPostgres[] = [];
const free: TestPostgres[] = [];

/** A PostgreSQL that no other test uses meanwhile, to stop and to kill, and a new database at it. */
async function aPlace() {
  const postgres = free.pop()!;
  const database = await aDatabase(postgres.url);
  const opened: PostgresStore[] = [];

  const notOpened = (url = database.url) => {
    const store = new PostgresStore({ url });
    opened.push(store);
    return store;
  };
  const open = async (url?: string) => {
    const store = notOpened(url);
    await store.open();
    return store;
  };
  const sql = (text: string) => runSql(database.url, text);
  const archive = (url = database.url) => new PostgresArchive({ url });
  return {
    postgres,
    database,
    notOpened,
    open,
    sql,
    archive,
    bodies: async () => (await allOf(archive())).map(({ body }) => body),
    sleepers: async () => (await sql(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'`)).length,
    /** With the large object 4711, as only the owner of a server can. */
    overwrite: async (relation: string) => {
      await sql('CHECKPOINT');
      await sql(`SELECT lo_export(4711, pg_relation_filepath('${relation}'))`);
      await postgres.restart();
    },
    [Symbol.asyncDispose]: async () => {
      await postgres.cont();
      await Promise.all(opened.map((store) => store.close()));
      free.push(postgres);
    },
  };
}

/** Resolves to what the error says, and how long it took. */
async function refused(work: Promise<unknown>): Promise<{ message: string; tookMs: number }> {
  const start = performance.now();
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(AuditStoreError);
  const { message, cause, stack } = error as Error;
  expect(cause).toBeUndefined();
  expect([message, stack, JSON.stringify(error)].join()).not.toMatch(/pass-of|postgres:\/\//);
  return { message, tookMs: performance.now() - start };
}

describe('The audit store in PostgreSQL where PostgreSQL fails', () => {
  beforeAll(async () => {
    for (let server = 0; server < 2; server += 1) servers.push(await startPostgres());
    free.push(...servers);
  }, 600_000);
  afterAll(async () => {
    for (const server of servers) await server.close();
  });

  it.concurrent(
    'A store reports within its time limits that PostgreSQL hangs, and works again afterwards',
    async () => {
      await using place = await aPlace();
      const { postgres, open } = place;
      const store = await open();
      await store.search({ zoneId: aZone() }, null, 1);
      await postgres.stop();
      const [append, search] = await Promise.all([
        refused(store.append(aChain([{}]).records)),
        refused(store.search({ zoneId: aZone() }, null, 1)),
      ]);
      expect(append.message).toMatch(/did not answer within 1400 ms/);
      // Twice the bound of each: the machine may be busy.
      expect(append.tookMs).toBeLessThan(1400 * 2);
      expect(search.tookMs).toBeLessThan(5000 * 2);
      expect((await refused(store.open())).tookMs).toBeLessThan(1000 * 2);
      expect((await refused(store.append(aChain([{}]).records))).message).toMatch(/not open/);
      await postgres.cont();
      await store.open();
      expect(await store.append(aChain([{}]).records)).toBe('stored');
      expect(await store.search({ zoneId: aZone() }, null, 1)).toEqual([]);
    },
  );

  it.concurrent.each(['fsync', 'full_page_writes'])(
    'A store refuses records while %s is off, names that setting, and works when it is on',
    async (name) => {
      await using place = await aPlace();
      const { postgres, open, sql } = place;
      const store = await open();
      const set = async (value: string) => {
        await runSql(postgres.url, `ALTER SYSTEM SET ${name} TO ${value}`);
        await sql('SELECT pg_reload_conf()');
        await eventually(async () => (await sql(`SHOW ${name}`))[0]?.[name] === value || undefined);
      };
      await set('off');
      try {
        const words = `The audit store would lose records when its machine fails: ${name} is off in PostgreSQL.`;
        // The process of a connection takes the new value with its next statement.
        await eventually(async () => {
          const message = await store
            .append(aChain([{}]).records)
            .then(String, ({ message }: Error) => message);
          return message === words || undefined;
        });
        expect((await refused(open())).message).toBe(words);
      } finally {
        await set('on');
      }
      await store.open();
      expect(await store.append(aChain([{}]).records)).toBe('stored');
    },
  );

  it.concurrent('A store closes within 2 s while PostgreSQL hangs', async () => {
    await using place = await aPlace();
    const { postgres, open } = place;
    const store = await open();
    await postgres.stop();
    const search = refused(store.search({ zoneId: aZone() }, null, 1));
    const start = performance.now();
    await store.close();
    expect(performance.now() - start).toBeLessThan(2000);
    await search;
    await postgres.cont();
  });

  it.concurrent('A store has all acknowledged records after PostgreSQL is killed', async () => {
    await using place = await aPlace();
    const { postgres, notOpened, bodies } = place;
    const store = notOpened();
    const acknowledged = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      await store.open();
      let isDead = false;
      const killed = eventually(() => acknowledged.size > round * 50 + 20 || undefined)
        .then(() => postgres.kill())
        .then(() => (isDead = true));
      while (!isDead) {
        const { records } = aChain([{}, {}]);
        const stored = await store.append(records).catch(() => undefined);
        if (stored !== 'stored') break;
        for (const { body } of records) acknowledged.add(body);
      }
      await killed;
      expect((await refused(store.open())).message).toMatch(/cannot be reached/);
      await postgres.restart();
    }
    await store.open();
    const there = new Set(await bodies());
    expect([...acknowledged].filter((body) => !there.has(body))).toEqual([]);
  });

  it.concurrent('A store opens a new connection where PostgreSQL restarts between two appends', async () => {
    await using place = await aPlace();
    const { postgres, open } = place;
    const store = await open();
    await postgres.restart();
    expect(await store.append(aChain([{}]).records)).toBe('stored');
  });

  it.concurrent('Slow searches delay neither an append nor the read of the heads of chains', async () => {
    await using place = await aPlace();
    const { open, sql, sleepers, database } = place;
    await open();
    const store = await open(await aWriterRole(database.url));
    const zoneId = aZone();
    const { records, head } = aChain([{ target: { zone_id: zoneId } }]);
    await store.append(records);
    await sql(`
      ALTER TABLE audit_records ENABLE ROW LEVEL SECURITY;
      CREATE POLICY writing ON audit_records FOR INSERT WITH CHECK (true);
      CREATE POLICY reading ON audit_records FOR SELECT
        USING (current_query() NOT LIKE '%AS found%' OR pg_sleep(3)::text = '');`);
    const searches = Array.from({ length: 5 }, () => store.search({ zoneId }, null, 1));
    const settled = Promise.allSettled(searches);
    await eventually(async () => ((await sleepers()) === 2 ? true : undefined));
    expect(await store.heads()).toEqual([head]);
    expect(await store.append(aChain([{}]).records)).toBe('stored');
    expect(await sleepers()).toBe(2);
    const outcomes = await settled;
    // The others found no free connection, and failed.
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it.concurrent(
    'PostgreSQL ends a statement whose time limit is over, and stores nothing of it',
    async () => {
      await using place = await aPlace();
      const { open, sql, sleepers, bodies } = place;
      const store = await open();
      await sql(`
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
      CREATE TRIGGER slowly BEFORE INSERT ON audit_records FOR EACH ROW EXECUTE FUNCTION slowly();`);
      expect((await refused(store.append(aChain([{}]).records))).tookMs).toBeLessThan(1400 * 2);
      await eventually(async () => ((await sleepers()) === 0 ? true : undefined));
      await sql('DROP TRIGGER slowly ON audit_records');
      expect(await bodies()).toEqual([]);
    },
  );

  it.concurrent('An error names what is wrong with the URL, and does not quote the URL', async () => {
    await using place = await aPlace();
    const { notOpened, open, archive, database } = place;
    await open();
    const url = await aWriterRole(database.url);
    const other = (change: (url: URL) => void) => {
      const changed = new URL(url);
      change(changed);
      return changed.href;
    };
    const cases: [string, RegExp][] = [
      [other((it) => (it.password = 'pass-of-nobody')), /password is refused \(SQLSTATE 28P01\)/],
      [other((it) => (it.pathname = '/nothing')), /no such database \(SQLSTATE 3D000\)/],
      [other((it) => (it.port = '1')), /nobody listens there \(ECONNREFUSED\)/],
      [other((it) => (it.hostname = 'nowhere.invalid')), /cannot be reached/],
      [other((it) => (it.search = '?sslmode=verify-full')), /TLS/],
    ];
    for (const [url, message] of cases) {
      const store = notOpened(url);
      expect((await refused(store.open())).message).toMatch(message);
      expect((await refused(store.search({ zoneId: aZone() }, null, 1))).message).toMatch(message);
      expect((await refused(archive(url).damage())).message).toMatch(message);
    }
  });

  it.concurrent('The archive reports a damaged page of the table', async () => {
    await using place = await aPlace();
    const { open, sql, overwrite, archive, bodies } = place;
    const store = await open();
    await store.append(aChain([{}]).records);
    expect(await archive().damage()).toBeNull();
    await sql(`SELECT lo_from_bytea(4711, decode(repeat('ff', 8192), 'hex'))`);
    await overwrite('audit_records');
    expect(await archive().damage()).toMatch(/invalid page in block 0/);
    expect((await refused(bodies())).message).toMatch(/damaged.*XX001/);
  });

  it.concurrent('A store reads records that an old index lacks', async () => {
    await using place = await aPlace();
    const { open, sql, overwrite, bodies } = place;
    const store = await open();
    const { records } = aChain([{}, {}]);
    await store.append(records.slice(0, 1));
    const index = 'audit_records_writer_seq_key';
    await sql('CHECKPOINT');
    await sql(`SELECT lo_import(pg_relation_filepath('${index}'), 4711)`);
    await store.append(records.slice(1));
    await overwrite(index);
    await store.open();
    expect((await store.heads())[0]).toMatchObject({ seq: 1 });
    expect(await bodies()).toEqual(records.map(({ body }) => body));
  });

  it.concurrent(
    'A writer begins a new chain after a hang, and the new chain names the one before it',
    async () => {
      await using place = await aPlace();
      const { postgres, notOpened, bodies } = place;
      const told: (string | null)[] = [];
      const writer = new AuditWriter({
        store: notOpened(),
        keys: someAuditKeys(),
        onHealth: (trouble) => told.push(trouble),
        publish: () => undefined,
      });
      await writer.start();
      const before = await writer.append(anEvent());
      await postgres.stop();
      await refused(writer.append(anEvent()));
      const kept = writer.keep(anEvent());
      await postgres.cont();
      const after = await kept;
      expect(told).toEqual(['opening', null, expect.stringContaining('did not answer'), null]);
      expect(after).not.toMatchObject({ writer: (before as { writer: string }).writer });
      await writer.close();
      const follows = (await bodies())
        .map((body) => JSON.parse(body) as { stage: string; follows?: unknown[] })
        .filter(({ stage }) => stage === 'writer')
        .map((record) => record.follows?.length);
      expect(follows).toEqual([0, 1]);
    },
  );
});
