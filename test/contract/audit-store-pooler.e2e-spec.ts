import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PostgresArchive } from '../../src/gateway/audit/postgres/archive.js';
import { PostgresStore } from '../../src/gateway/audit/postgres/store.js';
import { allOf } from '../support/audit/audit-stores.js';
import { startPgbouncer } from '../support/postgres/pgbouncer.js';
import { aChain } from '../support/postgres/postgres-records.js';
import { aDatabase, postgresUrl, runSql } from '../support/postgres/postgres.js';

/** A database of the test's own, and the stores that are opened at it. */
async function aPlace(server: string) {
  const database = await aDatabase(server);
  const opened: PostgresStore[] = [];
  const storeAt = (url: string) => {
    const store = new PostgresStore({ url });
    opened.push(store);
    return store;
  };
  return {
    database,
    storeAt,
    failureAt: (url: string): Promise<string> =>
      storeAt(url)
        .open()
        .then(
          () => 'opened',
          (error: Error) => error.message,
        ),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(opened.map((store) => store.close()));
      await database.drop();
    },
  };
}

describe('The audit store behind a pooler', () => {
  let server: { url: string; close: () => Promise<void> };
  beforeAll(async () => void (server = await postgresUrl()), 600_000);
  afterAll(() => server?.close());

  it.concurrent.each(['session', 'transaction'])(
    'A store works behind %s pooling, also with settings that another client left behind',
    async (pool_mode) => {
      await using place = await aPlace(server.url);
      const { database, storeAt } = place;
      await using pooler = await startPgbouncer(database.url, { pool_mode, default_pool_size: '3' });
      const [one, two] = [storeAt(pooler.url), storeAt(pooler.url)];
      await Promise.all([one.open(), two.open()]);
      // What another client of the pooler leaves in a connection that is used again. The first statement of a transaction still
      // has its time limit: on a busy machine that statement may take some milliseconds.
      await runSql(
        pooler.url,
        `SET search_path TO pg_catalog; SET statement_timeout TO '10ms'; SET synchronous_commit TO off`,
      );
      const chain = aChain([{}, {}]);
      expect(await one.append(chain.records)).toBe('stored');
      expect(await two.append(chain.records)).toEqual({ duplicates: expect.anything() });
      await Promise.all([one.probe(), two.probe()]);
      expect(await allOf(new PostgresArchive({ url: pooler.url }))).toHaveLength(2);
      expect(await two.search({ zoneId: 'zone' }, null, 10)).toHaveLength(2);
      expect(await one.heads()).toHaveLength(1);
      expect(await one.openIntents('9999', 10)).toHaveLength(2);
      expect(await new PostgresArchive({ url: pooler.url }).damage()).toBeNull();
    },
  );

  it.concurrent('A store refuses statement pooling by name', async () => {
    await using place = await aPlace(server.url);
    const { database, failureAt } = place;
    await using pooler = await startPgbouncer(database.url, { pool_mode: 'statement' });
    expect(await failureAt(pooler.url)).toMatch(/statement pooling.*SQLSTATE/);
  });

  it.concurrent(
    'The error of a store says in words that the pooler knows no such database or user',
    async () => {
      await using place = await aPlace(server.url);
      const { database, failureAt } = place;
      await using pooler = await startPgbouncer(database.url, { pool_mode: 'transaction' });
      const other = Object.assign(new URL(pooler.url), { pathname: '/other' }).href;
      expect(await failureAt(other)).toMatch(/the pooler knows no such database/);
      const stranger = Object.assign(new URL(pooler.url), { username: 'stranger' }).href;
      expect(await failureAt(stranger)).toMatch(/user|password/);
    },
  );

  it.concurrent(
    'A store reports a pooler without a free connection, and one that cannot log in',
    async () => {
      await using place = await aPlace(server.url);
      const { database, storeAt, failureAt } = place;
      await using full = await startPgbouncer(database.url, { pool_mode: 'session', max_client_conn: '1' });
      await storeAt(full.url).open();
      expect(await failureAt(full.url)).toMatch(/the pooler has too many connections/);
      const nowhere = Object.assign(new URL(database.url), { port: '9' }).href;
      await using cut = await startPgbouncer(nowhere, { pool_mode: 'session', server_login_retry: '30' });
      expect(await failureAt(cut.url)).toMatch(
        /the pooler (cannot log in to PostgreSQL|had no connection)|did not answer/,
      );
      expect(await failureAt(cut.url)).toMatch(/the pooler cannot log in to PostgreSQL|did not answer/);
    },
  );
});
