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
  /** Called just before the script is sent. */
  readonly onSend?: (() => void) | undefined;
}

interface Waiting extends Run {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Methods that ioredis' types leave out: scripts whose replies are buffers. */
interface Scripting {
  evalshaBuffer(sha: string, keys: number, ...rest: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, ...rest: Argument[]): Promise<unknown>;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Sends the scripts of one event-loop turn in one pipeline, without waiting for the pipelines before it. (The auto-pipelining
 * of ioredis delays a batch until the previous one is answered, so that one hanging batch delays the next, and has no event
 * for sending.) In a cluster each script is sent alone, because one redirected command fails the whole pipeline.
 */
export class RedisBatch {
  private waiting: Waiting[] = [];

  constructor(private readonly client: Redis | Cluster) {}

  run(run: Run): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ ...run, resolve, reject }) === 1) setImmediate(() => void this.send());
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
