import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Redis } from 'ioredis';
import { type Argument, RedisBatch, type Run, type Script } from './batch.js';
import { within } from './clock.js';
import { type RedisGate } from './gate.js';
import { RedisGates } from './gates.js';
import { redisClient } from './client.js';
import { Unreached } from './connector.js';
import { type Reason, reasonOf, RedisFailure, weightOf } from './reasons.js';
import { type RedisAddress } from './url.js';
import { StoreUnavailable } from '../cache/store.js';

/** Whether Redis is in use, and if not, why. */
export type RedisHealth = { readonly isUsable: true } | { readonly isUsable: false; readonly reason: Reason };

export const readWithinMs = 60;
export const fenceWithinMs = 300;
const fenceRetryMs = 20;
const reviveMs = 50;

/** Runs scripts in time, or says at once that it cannot. Whatever goes wrong is `StoreUnavailable`. */
export class RedisLink {
  private readonly gates: RedisGates;
  private readonly batch: RedisBatch;
  /** Why there is no connection; empty where there is one. */
  private trouble = 'connection';
  /** Undefined before anything was told. */
  private lastReason: string | undefined;
  private isClosed = false;
  private readonly client: Redis | Cluster;
  private readonly unreached = new Unreached();
  private readonly db: number;
  /** ioredis uses a connection whose SELECT was refused: on another database. */
  private isElsewhere = false;

  constructor(
    address: RedisAddress,
    private readonly onHealth: (health: RedisHealth) => void,
  ) {
    const client = redisClient(address, this.unreached.note);
    this.client = client;
    this.db = address.kind === 'cluster' ? 0 : address.db;
    this.batch = new RedisBatch(client);
    this.gates = new RedisGates(client, () => this.tell());
    // Without a listener ioredis prints errors. They hold commands with their arguments: the password is one.
    client.on('error', (error: unknown) => {
      if (commandOf(error) === 'select') this.isElsewhere = true;
      this.say(reasonOf(error));
    });
    client.on('sentinelError', (error: unknown) => this.say(reasonOf(error)));
    client.on('connect', () => (this.isElsewhere = false));
    client.on('close', () => this.say('connection'));
    client.on('ready', () => this.isElsewhere || this.say(''));
    client.on('end', () => this.revive());
  }

  get health(): RedisHealth {
    return this.reason === '' ? { isUsable: true } : { isUsable: false, reason: this.reason };
  }

  /** The first of the keys that each server has. */
  keysAtEach(keys: Iterable<string>): string[] {
    return this.gates.keysAtEach(keys);
  }

  /** For what can do without: refuses at once while the server that has the keys is known to be away. */
  async read(run: Run, onLate?: (reply: unknown) => void): Promise<unknown> {
    const gate = this.gateOf(run);
    if (!this.isConnected || !gate.mayPass(performance.now())) {
      throw new StoreUnavailable('The store is away.');
    }
    return this.send(run, gate, readWithinMs, onLate);
  }

  /** For what a change depends on: tries until its time is over. The script must bear being run twice. */
  async fence(script: Script, keys: string[], args: () => Argument[]): Promise<unknown> {
    const deadline = performance.now() + fenceWithinMs;
    for (;;) {
      const left = deadline - performance.now();
      try {
        if (!this.isConnected) throw new RedisFailure(this.reason);
        const run = { script, keys, args: args() };
        return await this.send(run, this.gateOf(run), left);
      } catch (error) {
        if (deadline - performance.now() < fenceRetryMs) throw error;
        await sleep(fenceRetryMs);
      }
    }
  }

  /**
   * Asks for its database once more where that was refused.
   *
   * @throws RedisFailure where it is refused again
   */
  async enter(): Promise<void> {
    if (!this.isElsewhere || this.client.isCluster || this.client.status !== 'ready') return;
    try {
      await within((this.client as Redis).select(this.db), fenceWithinMs);
      this.isElsewhere = false;
      this.say('');
    } catch (error) {
      throw new RedisFailure(reasonOf(error));
    }
  }

  close(): void {
    this.isClosed = true;
    this.client.disconnect();
  }

  /** ioredis gives up for good where a sentinel tells it of a new master just while it looks for one. */
  private revive(): void {
    if (this.isClosed) return;
    setTimeout(() => {
      if (this.isClosed) return;
      // That it failed, the client says by its events.
      this.client.connect().catch(() => undefined);
    }, reviveMs).unref();
  }

  private async send(
    run: Run,
    gate: RedisGate,
    ms: number,
    onLate?: (reply: unknown) => void,
  ): Promise<unknown> {
    const askedAt = performance.now();
    try {
      const reply = await this.ask(run, ms, onLate);
      gate.succeeded();
      this.say('');
      return reply;
    } catch (error) {
      const reason = reasonOf(error);
      gate.failed(askedAt, performance.now(), reason);
      this.tell();
      throw error instanceof StoreUnavailable ? error : new RedisFailure(reason);
    }
  }

  private gateOf({ keys }: Run): RedisGate {
    return this.gates.before(keys[0] ?? '');
  }

  private get isConnected(): boolean {
    return this.client.status === 'ready' && !this.isElsewhere;
  }

  private get reason(): Reason {
    const reason = this.trouble || this.gates.reason;
    // Asked for with each reply.
    if (!reason.startsWith('connection')) return reason;
    const { problem } = this.unreached;
    return problem === undefined ? reason : `connection (${problem})`;
  }

  private say(trouble: Reason): void {
    // That a connection closed says less than why it could not be used.
    if (trouble === '' || weightOf(trouble) >= weightOf(this.trouble)) this.trouble = trouble;
    this.tell();
  }

  /** Its time begins when it is sent: that this process has much to do before is nothing that Redis could mend. */
  private ask(run: Run, ms: number, onLate?: (reply: unknown) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onSend = () => {
        run.onSend?.();
        within(asking, ms, onLate).then(resolve, reject);
      };
      const asking = this.batch.run({ ...run, onSend });
    });
  }

  private tell(): void {
    if (this.reason === this.lastReason) return;
    this.lastReason = this.reason;
    this.onHealth(this.health);
  }
}

/** The command that a server refused, by its name. */
function commandOf(error: unknown): string | undefined {
  return (error as { command?: { name?: string } } | null)?.command?.name;
}
