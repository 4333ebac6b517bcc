import { type Cluster, type Redis } from 'ioredis';
import { retryUntil, within } from '../context/deadline.js';
import { storeTimeout, StoreUnavailable } from '../errors/store-unavailable.js';
import { type Argument, RedisBatch, type Run, type Script } from './batch.js';
import { redisClient } from './client.js';
import { Unreached } from './connector.js';
import { type RedisGate, RedisGates } from './gate.js';
import { probeScript } from './probe.js';
import { type Reason, reasonOf, RedisFailure, weightOf } from './reasons.js';
import { type RedisAddress } from '../config/redis-url.js';
import { type RedisHealth, RedisWatch } from './watch.js';

/** How long a reply of Redis is waited for. */
export interface RedisPatience {
  /** For one run. */
  readonly runMs: number;
  /** For all attempts of a run that is tried again. */
  readonly retryMs: number;
}

const usualPatience: RedisPatience = { runMs: 60, retryMs: 300 };
const pauseMs = 20;
const reopenMs = 50;

/** ioredis names the command in the error of a server. */
type RefusedCommand = Error & { readonly command?: { readonly name: string } };

/**
 * The connection to Redis that all rooms of the gateway share, with its health. Runs scripts within a deadline, or
 * fails at once while the server is known to be away. Every failure is a `StoreUnavailable`.
 */
export class RedisLink {
  readonly watch: RedisWatch;
  readonly isCluster: boolean;
  private readonly client: Redis | Cluster;
  private readonly batch: RedisBatch;
  private readonly gates: RedisGates;
  private readonly unreached = new Unreached();
  private readonly db: number;
  /** Why there is no connection; empty while there is one. */
  private trouble = 'connection';
  private lastReason: Reason | undefined;
  private isClosed = false;
  /** The server refused SELECT. ioredis does not close the connection then, which is on another database. */
  private isOnWrongDb = false;

  /** @param onHealth called with the first health, and with each change of it */
  constructor(
    address: RedisAddress,
    onHealth: (health: RedisHealth) => void = () => undefined,
    readonly patience = usualPatience,
  ) {
    const client = redisClient(address, this.unreached.note);
    this.client = client;
    this.isCluster = address.kind === 'cluster';
    this.db = address.kind === 'cluster' ? 0 : address.db;
    this.watch = new RedisWatch(() => this.probe(), onHealth);
    this.batch = new RedisBatch(client);
    this.gates = new RedisGates(client, () => this.tell());
    // Without a listener ioredis prints errors, which hold commands with their arguments: a password, for example.
    client.on('error', (error: RefusedCommand) => {
      if (error.command?.name === 'select') this.isOnWrongDb = true;
      this.note(reasonOf(error));
    });
    client.on('sentinelError', (error: unknown) => this.note(reasonOf(error)));
    client.on('connect', () => (this.isOnWrongDb = false));
    client.on('close', () => this.note('connection'));
    client.on('ready', () => this.isOnWrongDb || this.note(''));
    // ioredis ends for good if a sentinel announces a new master while ioredis looks for one.
    client.on('end', () => setTimeout(() => this.isClosed || this.open(), reopenMs).unref());
  }

  connect(): void {
    this.watch.start();
    this.open();
  }

  close(): void {
    this.isClosed = true;
    this.watch.close();
    this.client.disconnect();
  }

  /** Why commands fail; empty while they do not. */
  get reason(): Reason {
    const reason = this.trouble || this.gates.reason;
    // Checked first, because each reply reads the reason.
    if (!reason.startsWith('connection')) return reason;
    const { problem } = this.unreached;
    return problem === undefined ? reason : `connection (${problem})`;
  }

  /** Runs a script once. Fails at once before a probe has found Redis usable, and while the server of its keys is known to be away. */
  async run(run: Run): Promise<unknown> {
    if (!this.watch.hasBeenUsable) throw new StoreUnavailable('The store has not been usable yet.');
    return this.runAnyway(run);
  }

  private async runAnyway(run: Run): Promise<unknown> {
    const gate = this.gateOf(run);
    if (!this.isConnected || !gate.mayPass(performance.now())) {
      throw new StoreUnavailable('The store is away.');
    }
    return this.send(run, gate, this.patience.runMs);
  }

  /** Whether the last script for the server of a key failed, a moment ago. Who can do without Redis need not wait for it then. */
  isFailing(key: string): boolean {
    return !this.isConnected || this.gates.of(key).isFailing(performance.now());
  }

  /** Sends a script, also while its server is thought to be away: it runs if what was sent before it runs. */
  post(run: Run): void {
    if (this.isConnected) this.batch.run(run).catch(() => undefined);
  }

  /** Runs a script until it succeeds or the deadline is over. It has to be idempotent; each attempt has its own arguments. */
  retry(script: Script, keys: string[], args: () => Argument[]): Promise<unknown> {
    const deadline = performance.now() + this.patience.retryMs;
    return retryUntil(deadline, pauseMs, async () => {
      if (!this.isConnected) throw new RedisFailure(this.reason);
      if (!this.watch.hasBeenUsable) throw new StoreUnavailable('The store has not been usable yet.');
      const run = { script, keys, args: args() };
      return this.send(run, this.gateOf(run), deadline - performance.now());
    });
  }

  /** Probes each master: a cluster node that hangs blocks the changes of its own zones only. */
  private async probe(): Promise<Reason | null> {
    await this.selectAgain();
    const problems = await Promise.all(this.gates.probeKeys().map((key) => this.probeAt(key)));
    return problems.find((problem) => problem !== '') ?? (this.reason || null);
  }

  private async probeAt(key: string): Promise<Reason> {
    const args = [this.isCluster ? 'cluster' : 'single'];
    const problem = (await this.runAnyway({ script: probeScript, keys: [key], args })) as Buffer;
    return problem.toString('latin1');
  }

  /** @throws RedisFailure if the server refuses the database again */
  private async selectAgain(): Promise<void> {
    if (!this.isOnWrongDb || this.client.isCluster || this.client.status !== 'ready') return;
    try {
      await within((this.client as Redis).select(this.db), this.patience.retryMs, storeTimeout);
      this.isOnWrongDb = false;
      this.note('');
    } catch (error) {
      throw new RedisFailure(reasonOf(error));
    }
  }

  private open(): void {
    // The events of the client report a failure.
    this.client.connect().catch(() => undefined);
  }

  private async send(run: Run, gate: RedisGate, ms: number): Promise<unknown> {
    const askedAt = performance.now();
    try {
      const reply = await this.ask(run, ms);
      gate.succeeded();
      this.note('');
      return reply;
    } catch (error) {
      const reason = reasonOf(error);
      gate.failed(askedAt, performance.now(), reason);
      this.tell();
      throw error instanceof StoreUnavailable ? error : new RedisFailure(reason);
    }
  }

  /** The time begins when the script is sent: a delay in this process is no failure of Redis. */
  private ask(run: Run, ms: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const onSend = () => {
        run.onSend?.();
        within(asking, ms, storeTimeout).then(resolve, reject);
      };
      const asking = this.batch.run({ ...run, onSend });
    });
  }

  private gateOf({ keys }: Run): RedisGate {
    return this.gates.of(keys[0] ?? '');
  }

  private get isConnected(): boolean {
    return this.client.status === 'ready' && !this.isOnWrongDb;
  }

  private note(trouble: Reason): void {
    // That a connection closed is less specific than why it could not be used.
    if (trouble === '' || weightOf(trouble) >= weightOf(this.trouble)) this.trouble = trouble;
    this.tell();
  }

  private tell(): void {
    const { reason } = this;
    if (reason === this.lastReason) return;
    this.lastReason = reason;
    this.watch.note(reason);
  }
}
