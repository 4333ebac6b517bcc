import { createHash } from 'node:crypto';
import { type Cluster, type Redis } from 'ioredis';

export interface Script {
  readonly lua: string;
  readonly sha: string;
}

export type Argument = string | number | Buffer;

export interface Run {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
  /** Called just before it is sent: what it will say holds for all who asked until then. */
  readonly onSend?: (() => void) | undefined;
}

interface Waiting extends Run {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** These answer whatever a script answers, and ioredis' types leave them out. */
interface Scripting {
  evalshaBuffer(sha: string, keys: number, ...rest: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, ...rest: Argument[]): Promise<unknown>;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * What is asked in one turn of the event loop goes out together, whatever is still under way. (ioredis' own batching
 * holds the next batch back until the last is answered, so that one that hangs takes the next along, and does not tell when
 * it sends.) In a cluster each goes by itself: a batch is given up whole for one command that is redirected.
 */
export class RedisBatch {
  private waiting: Waiting[] = [];

  constructor(private readonly client: Redis | Cluster) {}

  run(what: Run): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ ...what, resolve, reject }) === 1) setImmediate(() => void this.send());
    });
  }

  private async send(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    for (const { onSend } of batch) onSend?.();
    if (batch.length === 1 || this.client.isCluster) return batch.forEach((each) => this.sendAlone(each));
    try {
      const pipeline = this.client.pipeline();
      const scripting = pipeline as unknown as Scripting;
      for (const { script, keys, args } of batch) {
        void scripting.evalshaBuffer(script.sha, keys.length, ...keys, ...args);
      }
      const replies = (await pipeline.exec()) ?? [];
      batch.forEach((each, index) => this.settle(each, ...(replies[index] ?? [new Error('No reply'), null])));
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  }

  private sendAlone(each: Waiting): void {
    const { script, keys, args } = each;
    this.scripting.evalshaBuffer(script.sha, keys.length, ...keys, ...args).then(
      (reply) => each.resolve(reply),
      (error: unknown) => this.settle(each, error, null),
    );
  }

  private settle(each: Waiting, error: unknown, reply: unknown): void {
    if (!error) return each.resolve(reply);
    const isUnknown = error instanceof Error && error.message.startsWith('NOSCRIPT');
    if (!isUnknown) return each.reject(error);
    const { script, keys, args } = each;
    this.scripting.evalBuffer(script.lua, keys.length, ...keys, ...args).then(
      (late) => each.resolve(late),
      (failure: unknown) => each.reject(failure),
    );
  }

  private get scripting(): Scripting {
    return this.client as unknown as Scripting;
  }
}
