import pg from 'pg';
import { AuditStoreError } from './store.js';

/** Runs a statement and gives its rows. */
export type Query = (text: string, values?: unknown[]) => Promise<readonly Record<string, unknown>[]>;

const connectMs = 1000;

/**
 * Nothing that a pooler refuses at the start of a connection, or would keep for others: what a transaction needs it sets for
 * itself.
 */
export function connectionConfig(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'origin-pulls-gateway',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    // Several statements are sent at once, and their answers awaited together.
    pipeline: true,
  };
}

/** One connection, for one piece of work at a time, none of which takes longer than it may: then the socket goes. */
export class PostgresConnection {
  private turn: Promise<unknown> = Promise.resolve();
  private lost = false;

  private constructor(private readonly client: pg.Client) {
    client.on('error', () => this.destroy());
    client.on('end', () => (this.lost = true));
  }

  /** @throws whatever pg says, within `connectMs` */
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

  get isLost(): boolean {
    return this.lost;
  }

  async within<T>(limitMs: number, work: (query: Query) => Promise<T>): Promise<T> {
    const done = this.turn.then(() => this.bounded(limitMs, work));
    this.turn = done.catch(() => undefined);
    return done;
  }

  /** At once, whatever is under way: it fails, and the server rolls back what it had not committed. */
  destroy(): void {
    this.lost = true;
    this.client.connection.stream.destroy();
  }

  /** Says goodbye, but does not wait long for the answer. */
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
