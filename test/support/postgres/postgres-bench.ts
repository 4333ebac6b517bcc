import { PostgresArchive } from '../../../src/gateway/audit/postgres/archive.js';
import { PostgresStore } from '../../../src/gateway/audit/postgres/store.js';
import { type AuditBench, type AuditPlace } from '../audit/audit-stores.js';
import { eventually } from '../basics/eventually.js';
import { aWriterRole, postgresUrl, runSql } from './postgres.js';
import { Databases } from './postgres-databases.js';

/** Logs in databases of their own, at one server. */
export async function postgresBench(): Promise<AuditBench> {
  const server = await postgresUrl();
  const databases = new Databases(server.url);
  return {
    place: () => postgresPlace(server.url, databases),
    close: async () => {
      await databases.close();
      await server.close();
    },
  };
}

async function postgresPlace(
  server: string,
  databases: Databases,
): Promise<AuditPlace & { readonly url: string }> {
  const database = await databases.take();
  const { url } = database;
  const stores: PostgresStore[] = [];
  const open = async (as: string) => {
    const store = new PostgresStore({ url: as });
    stores.push(store);
    await store.open();
    return store;
  };
  return {
    url,
    store: () => open(url),
    archive: () => new PostgresArchive({ url }),
    guest: async () => {
      const as = await aWriterRole(url);
      return { store: await open(as), archive: new PostgresArchive({ url: as }) };
    },
    sql: (text) => runSql(url, text),
    away: () => shut(server, url),
    remove: async () => {
      for (const store of stores) await store.close();
      await databases.giveBack(database);
    },
  };
}

/** Refuses new connections, and ends those that there are. */
async function shut(server: string, url: string): Promise<() => Promise<void>> {
  const name = new URL(url).pathname.slice(1);
  const allow = (whether: boolean) => runSql(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${whether}`);
  await allow(false);
  const left = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  await eventually(async () => (await runSql(server, left)).length === 0 || undefined);
  return async () => void (await allow(true));
}
