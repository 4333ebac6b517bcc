import { PostgresArchive } from '../../../src/gateway/audit/postgres/archive.js';
import { PostgresStore } from '../../../src/gateway/audit/postgres/store.js';
import { type AuditBench, type AuditPlace } from '../audit/audit-stores.js';
import { eventually } from '../basics/eventually.js';
import { aDatabase, aWriterRole, postgresUrl, runSql } from './postgres.js';

/** Logs in databases of their own, at one server. */
export async function postgresBench(): Promise<AuditBench> {
  const server = await postgresUrl();
  return { place: () => postgresPlace(server.url), close: () => server.close() };
}

async function postgresPlace(server: string): Promise<AuditPlace & { readonly url: string }> {
  const { url, drop } = await aDatabase(server);
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
      await drop();
    },
  };
}

/** Nobody comes in, and who is in goes. */
async function shut(server: string, url: string): Promise<() => Promise<void>> {
  const name = new URL(url).pathname.slice(1);
  const allow = (whether: boolean) => runSql(server, `ALTER DATABASE ${name} ALLOW_CONNECTIONS ${whether}`);
  await allow(false);
  const left = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`;
  await eventually(async () => (await runSql(server, left)).length === 0 || undefined);
  return async () => void (await allow(true));
}
