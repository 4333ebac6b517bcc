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

type Waiting = Run & PromiseWithResolvers<unknown>;

/** Methods that ioredis' types leave out: scripts whose replies are buffers. */
interface Scripting {
  evalshaBuffer(sha: string, keys: number, ...rest: Argument[]): Promise<unknown>;
  evalBuffer(lua: string, keys: number, ...rest: Argument[]): Promise<unknown>;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * Sends the scripts of one event-loop turn in one pipeline, without waiting for the previous one: the auto-pipelining of ioredis
 * lets a batch that hangs delay the next, and has no event for sending. In a cluster each script is sent alone, because one
 * redirected command fails the whole pipeline.
 */
export class RedisBatch {
  private waiting: Waiting[] = [];

  constructor(private readonly client: Redis | Cluster) {}

  run(run: Run): Promise<unknown> {
    const waiting = { ...run, ...Promise.withResolvers<unknown>() };
    if (this.waiting.push(waiting) === 1) setImmediate(() => void this.send());
    return waiting.promise;
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
      for (const [index, each] of batch.entries()) {
        const [error, reply] = replies[index] ?? [new Error('No reply')];
        if (error) this.failed(each, error);
        else each.resolve(reply);
      }
    } catch (error) {
      batch.forEach(({ reject }) => reject(error));
    }
  }

  private sendAlone(each: Waiting): void {
    const { script, keys, args } = each;
    this.scripting
      .evalshaBuffer(script.sha, keys.length, ...keys, ...args)
      .then(each.resolve, (error: unknown) => this.failed(each, error));
  }

  /** A script that the server does not know is sent whole. */
  private failed({ script, keys, args, resolve, reject }: Waiting, error: unknown): void {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) return reject(error);
    this.scripting.evalBuffer(script.lua, keys.length, ...keys, ...args).then(resolve, reject);
  }

  private get scripting(): Scripting {
    return this.client as unknown as Scripting;
  }
}
