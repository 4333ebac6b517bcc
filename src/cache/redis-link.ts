import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Redis } from 'ioredis';
import { type Argument, RedisBatch, type Run, type Script } from './redis-batch.js';
import { within } from './redis-deadline.js';
import { type RedisGate } from './redis-gate.js';
import { RedisGates } from './redis-gates.js';
import { StoreUnavailable } from './store.js';

/** Whether Redis is in use, and if not, why: `timeout`, `connection`, or the first word of what it said. */
export type RedisHealth = { readonly isUsable: true } | { readonly isUsable: false; readonly reason: string };

export const readWithinMs = 80;
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

  constructor(
    private readonly client: Redis | Cluster,
    private readonly onHealth: (health: RedisHealth) => void,
  ) {
    this.batch = new RedisBatch(client);
    this.gates = new RedisGates(client, () => this.tell());
    // Without a listener ioredis prints errors. They hold commands with their arguments: the password is one.
    client.on('error', (error: unknown) => this.say(reasonOf(error)));
    client.on('close', () => this.say('connection'));
    client.on('ready', () => this.say(''));
    client.on('end', () => this.revive());
  }

  get health(): RedisHealth {
    return this.reason === '' ? { isUsable: true } : { isUsable: false, reason: this.reason };
  }

  /** For what can do without: refuses at once while the server that has the keys is known to be away. */
  async read(run: Run, onLate?: (reply: unknown) => void): Promise<unknown> {
    const gate = this.gateOf(run);
    if (this.client.status !== 'ready' || !gate.mayPass(performance.now())) {
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
        if (this.client.status !== 'ready') throw new StoreUnavailable('The store is away.');
        const run = { script, keys, args: args() };
        return await this.send(run, this.gateOf(run), left);
      } catch (error) {
        if (deadline - performance.now() < fenceRetryMs) throw error;
        await sleep(fenceRetryMs);
      }
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
      throw error instanceof StoreUnavailable ? error : new StoreUnavailable(`The store failed: ${reason}.`);
    }
  }

  private gateOf({ keys }: Run): RedisGate {
    return this.gates.before(keys[0] ?? '');
  }

  private get reason(): string {
    return this.trouble || this.gates.reason;
  }

  private say(trouble: string): void {
    // That a connection closed says less than why it could not be used.
    if (trouble !== 'connection' || this.reason === '') this.trouble = trouble;
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

/** What a server said, or what ioredis says that one said last: a sentinel, a node of a cluster. */
const said = /(?:^-?|Last error: (?:ReplyError: )?)([A-Z]{2,20}) /;

/** Never the message itself: it may quote what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return 'timeout';
  const message = error instanceof Error ? error.message : '';
  return said.exec(message)?.[1]?.toLowerCase() ?? 'connection';
}
