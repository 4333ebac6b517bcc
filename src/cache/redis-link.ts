import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, type Redis } from 'ioredis';
import { type Argument, RedisBatch, type Run, type Script } from './redis-batch.js';
import { within } from './redis-deadline.js';
import { RedisGate } from './redis-gate.js';
import { StoreUnavailable } from './store.js';

/** Whether Redis is in use, and if not, why: `timeout`, `connection`, or the first word of what it said. */
export type RedisHealth = { readonly isUsable: true } | { readonly isUsable: false; readonly reason: string };

export const readWithinMs = 80;
export const fenceWithinMs = 300;
const fenceRetryMs = 20;

/** Runs scripts in time, or says at once that it cannot. Whatever goes wrong is `StoreUnavailable`. */
export class RedisLink {
  private readonly gate = new RedisGate();
  private readonly batch: RedisBatch;
  private lastHealth = 'connection';

  constructor(
    private readonly client: Redis | Cluster,
    private readonly onHealth: (health: RedisHealth) => void,
  ) {
    this.batch = new RedisBatch(client);
    // Without a listener ioredis prints errors. They hold commands with their arguments: the password is one.
    client.on('error', (error: unknown) => this.say(reasonOf(error)));
    client.on('close', () => this.say('connection'));
    client.on('ready', () => this.say(''));
  }

  get health(): RedisHealth {
    return this.lastHealth === '' ? { isUsable: true } : { isUsable: false, reason: this.lastHealth };
  }

  /** For what can do without: refuses at once while Redis is known to be away. */
  async read(run: Run, onLate?: (reply: unknown) => void): Promise<unknown> {
    if (this.client.status !== 'ready' || !this.gate.mayPass(performance.now())) {
      throw new StoreUnavailable('The store is away.');
    }
    return this.send(run, readWithinMs, onLate);
  }

  /** For what a change depends on: tries until its time is over. The script must bear being run twice. */
  async fence(script: Script, keys: string[], args: () => Argument[]): Promise<unknown> {
    const deadline = performance.now() + fenceWithinMs;
    for (;;) {
      const left = deadline - performance.now();
      try {
        if (this.client.status !== 'ready') throw new StoreUnavailable('The store is away.');
        return await this.send({ script, keys, args: args() }, left);
      } catch (error) {
        if (deadline - performance.now() < fenceRetryMs) throw error;
        await sleep(fenceRetryMs);
      }
    }
  }

  close(): void {
    this.client.disconnect();
  }

  private async send(run: Run, ms: number, onLate?: (reply: unknown) => void): Promise<unknown> {
    const askedAt = performance.now();
    try {
      const reply = await within(this.batch.run(run), ms, onLate);
      this.gate.succeeded();
      if (this.lastHealth !== '') this.say('');
      return reply;
    } catch (error) {
      const reason = reasonOf(error);
      if (this.gate.failed(askedAt, performance.now())) this.say(reason);
      throw error instanceof StoreUnavailable ? error : new StoreUnavailable(`The store failed: ${reason}.`);
    }
  }

  private say(reason: string): void {
    if (reason === this.lastHealth) return;
    // That a connection closed says less than why it could not be used.
    if (reason === 'connection' && this.lastHealth !== '') return;
    this.lastHealth = reason;
    this.onHealth(this.health);
  }
}

/** Never the message itself: it may quote what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailable) return 'timeout';
  const message = error instanceof Error ? error.message : '';
  return /^-?([A-Z]{2,20}) /.exec(message)?.[1]?.toLowerCase() ?? 'connection';
}
