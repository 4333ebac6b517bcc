import pg from 'pg';
import { within } from '../../../platform/context/deadline.js';
import { AuditStoreError } from '../record/store.js';

export type Row = Readonly<Record<string, unknown>>;

/** Runs a statement and resolves to its rows. */
export type Query = (text: string, values?: unknown[]) => Promise<readonly Row[]>;

const connectMs = 1000;

/** Sets no parameter of the session: a pooler may refuse it, or keep it for other clients. Each transaction sets its own. */
export function connectionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'origin-pulls-gateway',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    // Sends several statements before their answers arrive.
    pipeline: true,
  };
}

/** One connection, for one piece of work at a time. `query_timeout` bounds a statement, `within` the whole work. */
export class PostgresConnection implements AsyncDisposable {
  private turn: Promise<unknown> = Promise.resolve();
  private lost = false;

  private constructor(private readonly client: pg.Client) {
    client.on('error', () => this.destroy());
    client.on('end', () => (this.lost = true));
  }

  /** @throws the error of pg, within `connectMs` */
  static async open(url: string): Promise<PostgresConnection> {
    const connection = new PostgresConnection(new pg.Client(connectionConfig(url)));
    try {
      await connection.client.connect();
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** Does `work` on a connection of its own. */
  static async during<T>(url: string, limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    await using connection = await PostgresConnection.open(url);
    return await connection.within(limitMs, work);
  }

  get isLost(): boolean {
    return this.lost;
  }

  /** @throws AuditStoreError after `limitMs`, with the socket destroyed */
  async within<T>(limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    const done = this.turn.then(() => this.bounded(limitMs, work));
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Pending work fails at once. The server rolls back an open transaction. */
  destroy(): void {
    this.lost = true;
    this.client.connection.stream.destroy();
  }

  /** Ends the session, and waits at most half a second for the server. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.destroy(), 500);
    if (!this.lost) await this.client.end();
    clearTimeout(late);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private bounded<T>(limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    const query: Query = async (text, values) => (await this.client.query<Row>(text, values)).rows;
    return within(work(query), limitMs, () => {
      this.destroy();
      return new AuditStoreError(`The audit store did not answer within ${Math.ceil(limitMs)} ms.`);
    });
  }
}
