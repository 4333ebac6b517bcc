import pg from 'pg';
import { randomUUID } from 'node:crypto';
import { PostgresBinary } from './postgres-binary.js';
import { PostgresContainer } from './postgres-container.js';
import { postgresBinary } from './postgres-install.js';
import { answeringEngine } from '../redis/redis-container.js';
import { type Machine, sharedServer, TestServer } from '../servers/test-server.js';

export interface Owner {
  readonly user: string;
  readonly password: string;
}

export const owner: Owner = { user: 'owner', password: 'pass-of-the-owner-93c1' };

/**
 * A real PostgreSQL that the test owns, to kill and to stop. In a container where a Docker engine answers, else as
 * processes of its own; what neither has is installed (root on Debian), or the test fails and says what to install.
 */
export async function startPostgres(): Promise<TestPostgres> {
  const engine = await answeringEngine();
  const machine = engine
    ? await PostgresContainer.create(owner)
    : await PostgresBinary.create(await postgresBinary(), owner);
  return new TestPostgres(machine).start();
}

/** The URL of a PostgreSQL that the test will neither kill nor stop: of the environment, else of one started for it. */
export function postgresUrl(): Promise<{ url: string; close: () => Promise<void> }> {
  return sharedServer(process.env['TEST_POSTGRES_URL'], startPostgres);
}

export class TestPostgres extends TestServer<Machine> {
  protected readonly readyWithinMs = 30_000;

  /** Of its owner, to its first database. */
  get url(): string {
    return `postgres://${owner.user}:${owner.password}@${this.machine.host}:${this.machine.port}/postgres`;
  }

  /** Starts it again, killed or not, on what it has. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  protected ping(): Promise<unknown> {
    return runSql(this.url, 'SELECT 1');
  }
}

type Row = Record<string, unknown>;

/** Raw SQL, on a connection of its own. The rows of the last statement. */
export async function runSql(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2000,
    query_timeout: 60_000,
  });
  // It is the promise that says it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return rowsOf(await client.query<Row>(text));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Of several statements pg gives an array of results, which its types do not say. */
function rowsOf(result: pg.QueryResult<Row> | pg.QueryResult<Row>[]): Row[] {
  const last = Array.isArray(result) ? result[result.length - 1] : result;
  return last?.rows ?? [];
}

/** A database of the test's own, where a server may be shared. */
export async function aDatabase(server: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runSql(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  const drop = async () => {
    await runSql(server, `DROP DATABASE ${name} WITH (FORCE)`);
    const roles = await runSql(server, `SELECT rolname FROM pg_roles WHERE starts_with(rolname, '${name}')`);
    for (const { rolname } of roles) await runSql(server, `DROP ROLE ${String(rolname)}`);
  };
  return { url: url.href, drop };
}

/** The URL of a role that may SELECT and INSERT, and nothing else. It goes with its database. */
export async function aWriterRole(database: string): Promise<string> {
  const user = `${new URL(database).pathname.slice(1)}_${randomUUID().slice(0, 8)}`;
  const password = 'pass-of-a-writer-5e20';
  await runSql(
    database,
    `CREATE ROLE ${user} LOGIN PASSWORD '${password}';
     GRANT USAGE ON SCHEMA public TO ${user};
     GRANT SELECT, INSERT ON audit_records TO ${user};`,
  );
  return Object.assign(new URL(database), { username: user, password }).href;
}
