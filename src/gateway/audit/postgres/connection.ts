import pg from 'pg';
import { AuditStoreError } from '../record/store.js';

/** Runs a statement and gives its rows. */
export type Query = (text: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

const connectMs = 1000;

/**
 * Sets no parameter of the session: a pooler may refuse it, or keep it for other clients. Each transaction sets what it needs.
 */
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

/**
 * One connection, for one piece of work at a time. `query_timeout` bounds a statement; this bounds the whole work, and
 * destroys the socket when it is over.
 */
export class PostgresConnection {
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
    const connection = await PostgresConnection.open(url);
    try {
      return await connection.within(limitMs, work);
    } finally {
      await connection.close();
    }
  }

  get isLost(): boolean {
    return this.lost;
  }

  async within<T>(limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    const done = this.turn.then(() => this.bounded(limitMs, work));
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** Fails pending work at once. The server rolls back what was not committed. */
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

  private async bounded<T>(limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    const query: Query = async (text, values) => (await this.client.query<Row>(text, values)).rows;
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      this.destroy();
    }, limitMs);
    try {
      return await work(query);
    } catch (error) {
      throw isLate
        ? new AuditStoreError(`The audit store did not answer within ${Math.ceil(limitMs)} ms.`)
        : error;
    } finally {
      clearTimeout(late);
    }
  }
}

type Row = Record<string, unknown>;
