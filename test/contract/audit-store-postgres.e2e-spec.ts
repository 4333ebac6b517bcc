import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditWriter } from '../../src/gateway/audit/log/writer.js';
import { type AuditEvent } from '../../src/gateway/audit/record/event.js';
import { PostgresArchive } from '../../src/gateway/audit/postgres/archive.js';
import { PostgresConnection } from '../../src/gateway/audit/postgres/connection.js';
import { PostgresIntents } from '../../src/gateway/audit/postgres/intents.js';
import * as queries from '../../src/gateway/audit/postgres/queries.js';
import { PostgresStore } from '../../src/gateway/audit/postgres/store.js';
import { transaction } from '../../src/gateway/audit/postgres/transaction.js';
import { AuditStoreError } from '../../src/gateway/audit/record/store.js';
import { allOf, anEvent, someAuditKeys, verifiedChains } from '../support/audit/audit-stores.js';
import { aChain, aZone } from '../support/postgres/postgres-records.js';
import { aWriterRole, postgresUrl, runSql } from '../support/postgres/postgres.js';
import { Databases } from '../support/postgres/postgres-databases.js';

describe('The audit store in PostgreSQL', () => {
  let server: { url: string; close: () => Promise<void> };
  let databases: Databases;
  let database: { url: string; drop: () => Promise<void> };
  const opened: PostgresStore[] = [];
  beforeAll(async () => {
    server = await postgresUrl();
    databases = new Databases(server.url);
  }, 600_000);
  afterAll(async () => {
    await databases?.close();
    await server?.close();
  });
  beforeEach(async () => void (database = await databases.take()));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await databases.giveBack(database);
  });

  const notOpened = (url = database.url) => {
    const store = new PostgresStore({ url });
    opened.push(store);
    return store;
  };
  const open = async (url = database.url) => {
    const store = notOpened(url);
    await store.open();
    return store;
  };
  const archive = (url = database.url) => new PostgresArchive({ url });
  const sql = (text: string, url = database.url) => runSql(url, text);
  const failureOf = async (work: Promise<unknown>): Promise<Error> => {
    const error: unknown = await work.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(error).toBeInstanceOf(AuditStoreError);
    return error as Error;
  };

  it('Ten stores that open at once create the tables once', async () => {
    const stores = await Promise.all(Array.from({ length: 10 }, () => open()));
    expect(await stores[0]?.append(aChain([{}]).records)).toBe('stored');
    expect(await allOf(archive())).toHaveLength(1);
  });

  it('A store refuses tables of a newer version, and tables of another program', async () => {
    await open();
    await sql(`COMMENT ON TABLE audit_records IS 'Audit log of the Origin Pulls Gateway, version 7'`);
    expect((await failureOf(open())).message).toMatch(/version 7.*up to 1/);
    await sql(`COMMENT ON TABLE audit_records IS 'mine'`);
    expect((await failureOf(open())).message).toMatch(/not of this program/);
  });

  it('A store needs only SELECT and INSERT, and a role with these cannot change a record', async () => {
    await open();
    const url = await aWriterRole(database.url);
    const store = await open(url);
    const { records, head } = aChain([{}, {}]);
    expect(await store.append(records)).toBe('stored');
    expect(await store.heads()).toEqual([head]);
    expect(await allOf(archive())).toHaveLength(2);
    expect(await archive(url).damage()).toBeNull();
    const tries = [
      `UPDATE audit_records SET hash = ''`,
      'DELETE FROM audit_records',
      'TRUNCATE audit_records',
      `SET audit_records.pruning TO on; DELETE FROM audit_records`,
      'ALTER TABLE audit_records DISABLE TRIGGER ALL',
      `INSERT INTO audit_records (body, hash, zone_id) VALUES ('{}', '', 'z')`,
    ];
    for (const text of tries) await expect(sql(text, url)).rejects.toThrow();
    const {
      records: [tombstone],
    } = aChain([{ stage: 'tombstone' }]);
    expect((await failureOf(archive(url).prune([head], [tombstone!]))).message).toMatch(/owner/);
    expect(await allOf(archive())).toHaveLength(2);
  });

  it('A role with every privilege but ownership cannot remove a record', async () => {
    const store = await open();
    await store.append(aChain([{}]).records);
    const url = await aWriterRole(database.url);
    await sql(`GRANT ALL ON audit_records TO ${new URL(url).username}`);
    await expect(sql('SET audit_records.pruning TO on; DELETE FROM audit_records', url)).rejects.toThrow(
      /neither changed nor removed/,
    );
  });

  it('The error says that the owner has to create the tables where the role may not', async () => {
    await open();
    const url = await aWriterRole(database.url);
    await sql('DROP TABLE audit_records');
    expect((await failureOf(open(url))).message).toMatch(/as their owner/);
  });

  it('The owner cannot change or remove a record, also not where no row would match', async () => {
    const store = await open();
    await store.append(aChain([{}]).records);
    for (const text of [
      `UPDATE audit_records SET hash = ''`,
      'DELETE FROM audit_records WHERE false',
      'TRUNCATE audit_records',
    ]) {
      await expect(sql(text)).rejects.toThrow(/neither changed nor removed/);
    }
  });

  it('The archive reports that the trigger that protects records is missing or disabled', async () => {
    await open();
    expect(await archive().damage()).toBeNull();
    for (const change of [
      'DISABLE TRIGGER audit_records_stay',
      'ENABLE REPLICA TRIGGER audit_records_stay',
    ]) {
      await sql(`ALTER TABLE audit_records ${change}`);
      expect(await archive().damage()).toBe('the trigger audit_records_stay is missing or disabled');
    }
    await sql('DROP TRIGGER audit_records_stay ON audit_records');
    expect(await archive().damage()).toBe('the trigger audit_records_stay is missing or disabled');
  });

  it('A store commits synchronously where its role has synchronous_commit off', async () => {
    const user = new URL(database.url).username;
    await sql(`ALTER ROLE "${user}" SET synchronous_commit TO off`);
    try {
      const store = await open();
      await sql(`
        CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          RAISE EXCEPTION USING ERRCODE = CASE current_setting('synchronous_commit') WHEN 'on' THEN '55ON0' ELSE '55OFF' END;
        END $$;
        CREATE TRIGGER told BEFORE INSERT ON audit_records EXECUTE FUNCTION told();`);
      expect((await failureOf(store.append(aChain([{}]).records))).message).toMatch(/55ON0/);
    } finally {
      await sql(`ALTER ROLE "${user}" RESET synchronous_commit`);
    }
  });

  /** Records the end of the WAL and the level of synchronous_commit immediately before each COMMIT. */
  const noteCommits = () =>
    sql(`
      CREATE TABLE commits (lsn pg_lsn, level text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO public.commits VALUES (pg_current_wal_insert_lsn(), current_setting('synchronous_commit'));
        RETURN NULL;
      END $$;
      CREATE CONSTRAINT TRIGGER note AFTER INSERT ON audit_records DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION note();`);
  /** The levels that were recorded, and whether the WAL is flushed up to each recorded end. */
  const commits = async () =>
    (
      await sql(
        `SELECT array_agg(DISTINCT level) AS levels, bool_and(lsn < pg_current_wal_flush_lsn()) AS flushed FROM commits`,
      )
    )[0];

  it.each([
    ['a default of its role', 'ALTER ROLE CURRENT_USER SET synchronous_commit TO off', ''],
    ['a default of its database', 'ALTER DATABASE :name SET synchronous_commit TO off', ''],
    ['a trigger', '', `PERFORM set_config('synchronous_commit', 'off', false)`],
    ['a trigger of one transaction', '', `PERFORM set_config('synchronous_commit', 'off', true)`],
  ])(
    'A store flushes each acknowledged record where %s sets synchronous_commit to off',
    async (_, change, inTrigger) => {
      const name = new URL(database.url).pathname.slice(1);
      await open();
      await noteCommits();
      if (change) await sql(change.replace(':name', name));
      if (inTrigger) {
        await sql(`CREATE FUNCTION lazy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${inTrigger}; RETURN NEW; END $$;
        CREATE TRIGGER lazy BEFORE INSERT ON audit_records FOR EACH ROW EXECUTE FUNCTION lazy()`);
      }
      try {
        const store = await open();
        for (let stored = 0; stored < 20; stored += 1) {
          expect(await store.append(aChain([{}]).records)).toBe('stored');
          expect(await commits()).toEqual({ levels: ['on'], flushed: true });
        }
      } finally {
        await sql('ALTER ROLE CURRENT_USER RESET synchronous_commit');
      }
    },
  );

  it('A store appends where the default of its database is read only', async () => {
    await open();
    const name = new URL(database.url).pathname.slice(1);
    await sql(`ALTER DATABASE ${name} SET default_transaction_read_only TO on`);
    const store = await open();
    expect(await store.append(aChain([{}]).records)).toBe('stored');
    expect(await allOf(archive())).toHaveLength(1);
  });

  it.each([
    ['synchronous_commit', `SET synchronous_commit TO off`],
    ['default_transaction_read_only', `SET default_transaction_read_only TO on`],
    ['search_path', `SET search_path TO elsewhere`],
    ['standard_conforming_strings', `SET standard_conforming_strings TO off`],
    ['default_transaction_isolation', `SET default_transaction_isolation TO 'serializable'`],
  ])('A store does not rely on %s of its session', async (_, left) => {
    await open();
    await noteCommits();
    const connection = await PostgresConnection.open(database.url);
    try {
      await connection.within(1400, (query) => query(left));
      const { records } = aChain([{}]);
      const values = [records.map(({ body }) => body), records.map(({ hash }) => hash)];
      const [answer] = await connection.within(1400, (query) =>
        transaction(query, 1400, queries.append, values),
      );
      expect(answer).toMatchObject({ unsafe: null, stored: 1, known: null });
      expect(await commits()).toEqual({ levels: ['on'], flushed: true });
      expect(await sql('SELECT hash FROM audit_records')).toEqual([{ hash: records[0]?.hash }]);
    } finally {
      await connection.close();
    }
  });

  it.each([
    ['UNLOGGED', 'ALTER TABLE audit_records SET UNLOGGED', /audit_records is UNLOGGED/],
    [
      'behind a rule that stores nothing',
      'CREATE RULE none AS ON INSERT TO audit_records DO INSTEAD NOTHING',
      /SQLSTATE/,
    ],
    [
      'behind a trigger that stores nothing',
      `CREATE FUNCTION drops() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER drops BEFORE INSERT ON audit_records FOR EACH ROW EXECUTE FUNCTION drops()`,
      /stored less than it was given/,
    ],
  ])('A store acknowledges no record where the table is %s, and reports that', async (_, change, words) => {
    const store = await open();
    await sql(change);
    expect((await failureOf(store.append(aChain([{}]).records))).message).toMatch(words);
    expect(await sql('SELECT FROM audit_records')).toHaveLength(0);
  });

  it('Of two stores that append an event at once, one stores it and one gets a duplicate', async () => {
    const [one, two] = [await open(), await open()];
    for (let round = 0; round < 100; round += 1) {
      const events = [anEvent(), anEvent()];
      const outcomes = await Promise.all([one, two].map((store) => store.append(aChain(events).records)));
      const told = outcomes.filter((outcome) => outcome !== 'stored');
      const names = events.map(({ op_id, stage }) => ({ op_id, stage }));
      expect(told).toEqual([{ duplicates: expect.arrayContaining(names) }]);
    }
    expect(await allOf(archive())).toHaveLength(200);
  });

  it('A store fails where a place in a chain is taken, and appends again after it is opened', async () => {
    const store = await open();
    const first = aChain([{}]);
    await store.append(first.records);
    const again = aChain([{}], { ...first.head, seq: 0 });
    expect((await failureOf(store.append(again.records))).message).toMatch(/23505/);
    await failureOf(store.append(aChain([{}]).records));
    await store.open();
    expect(await store.append(aChain([{}]).records)).toBe('stored');
  });

  it('A store keeps and finds a NUL, which JSON can hold and JSONB cannot', async () => {
    const store = await open();
    const zone_id = aZone();
    const hostnames = ['\0.example.com', 'ok.example.com', '\\u0000'];
    const event = anEvent({ target: { zone_id, hostnames }, request_id: '😀' });
    const { records } = aChain([event]);
    expect(await store.append(records)).toBe('stored');
    expect(await store.find(event)).toMatchObject(records[0]!);
    for (const filter of [{ target: 'ok.example.com' }, { requestId: '😀' }]) {
      expect(await store.search({ zoneId: zone_id, ...filter }, null, 9)).toHaveLength(1);
    }
  });

  it('The archive reads all records by writer and seq, in several batches', async () => {
    const store = await open();
    const chains = Array.from({ length: 3 }, () => aChain(Array.from({ length: 600 }, () => ({}))));
    for (const { records } of chains) await store.append(records);
    const bodies = chains
      .sort((a, b) => (a.head.writer < b.head.writer ? -1 : 1))
      .flatMap(({ records }) => records.map(({ body }) => body));
    expect((await allOf(archive())).map(({ body }) => body)).toEqual(bodies);
  });

  it('A prune leaves a tombstone, and other stores append while it runs', async () => {
    const [store, other] = [await open(), await open()];
    const [one, two] = [aChain([{}, {}, {}]), aChain([{}, {}])];
    await store.append([...one.records, ...two.records]);
    const tombstone = aChain([{ stage: 'tombstone' }]);
    // It keeps the transaction of the prune open.
    await sql(`
      CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN OLD; END $$;
      CREATE TRIGGER slowly BEFORE DELETE ON audit_records FOR EACH ROW EXECUTE FUNCTION slowly();`);
    const pruning = archive().prune([{ ...one.head, seq: 2 }, two.head], [tombstone.records[0]!]);
    const start = performance.now();
    expect(await other.append(aChain([{}]).records)).toBe('stored');
    const took = performance.now() - start;
    await pruning;
    expect(took).toBeLessThan(1500);
    const left = (await allOf(archive())).map(({ body }) => body);
    expect(left).toHaveLength(3);
    expect(left).toEqual(expect.arrayContaining([one.records[2]!.body, tombstone.records[0]!.body]));
    await expect(sql('DELETE FROM audit_records')).rejects.toThrow();
  });

  describe('Open intents that are read several times', () => {
    const late = '9';
    const idsIn = (bodies: readonly string[]) => bodies.map((body) => (JSON.parse(body) as AuditEvent).op_id);
    let connection: PostgresConnection;
    beforeEach(async () => void (connection = await PostgresConnection.open(database.url)));
    afterEach(() => connection.close());
    const openBy = async (intents: PostgresIntents) =>
      idsIn(await connection.within(10_000, (query) => intents.open(query, late, 10)));

    it('A later read skips the records before the first open intent', async () => {
      const store = await open();
      const [ended, left] = [anEvent(), anEvent()];
      await store.append(aChain([ended, { ...ended, stage: 'outcome' }, left]).records);
      const intents = new PostgresIntents(0);
      expect(await openBy(intents)).toEqual([left.op_id]);
      expect(await openBy(intents)).toEqual([left.op_id]);
      await sql(`SET audit_records.pruning TO on; DELETE FROM audit_records WHERE stage = 'outcome'`);
      expect(await openBy(new PostgresIntents(0))).toEqual([ended.op_id, left.op_id]);
      expect(await openBy(intents)).toEqual([left.op_id]);
      await store.append(aChain([{ ...left, stage: 'outcome' }]).records);
      expect(await openBy(intents)).toEqual([]);
    });

    it.each([
      ['finds an intent that commits after later ones, where it waits', 300, 1],
      ['misses an intent that commits after later ones, where it does not wait', 0, 0],
    ])('A read of open intents %s', async (_name, waitMs, found) => {
      const store = await open();
      const [slow, ended] = [anEvent(), anEvent()];
      const other = await PostgresConnection.open(database.url);
      const { body, hash } = aChain([slow]).records[0]!;
      await other.within(1000, async (query) => {
        await query('BEGIN');
        return query('INSERT INTO audit_records (body, hash) VALUES ($1, $2)', [body, hash]);
      });
      await store.append(aChain([ended, { ...ended, stage: 'outcome' }]).records);
      const intents = new PostgresIntents(waitMs);
      for (let asked = 0; asked < 3; asked++) expect(await openBy(intents)).toEqual([]);
      await other.within(1000, (query) => query('COMMIT'));
      await other.close();
      await sleep(waitMs);
      for (let asked = 0; asked < 3; asked++) expect(await openBy(intents)).toHaveLength(found);
    });
  });

  it('The chains of two writers stay separate and without a gap', async () => {
    const stores = [notOpened(), notOpened()];
    const keys = someAuditKeys();
    const writers = stores.map(
      (store) => new AuditWriter({ store, keys, onHealth: () => undefined, publish: () => undefined }),
    );
    await Promise.all(writers.map((writer) => writer.start()));
    const shared = anEvent();
    const twice = await Promise.all(writers.map((writer) => writer.append(shared)));
    expect(twice.filter((stored) => stored === 'duplicate')).toHaveLength(1);
    const appends = Array.from({ length: 600 }, (_, i) => writers[i % 2]!.append(anEvent()));
    expect((await Promise.all(appends)).every((stored) => stored !== 'duplicate')).toBe(true);
    await Promise.all(writers.map((writer) => writer.close()));

    const chains = await verifiedChains(archive(), keys);
    expect(chains.size).toBe(2);
  });
});
