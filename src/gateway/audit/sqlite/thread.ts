import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Answered, type Asked, type SqliteWork } from './worker/worker.js';
import { AuditStoreError } from '../record/store.js';

const endMs = 2000;
// TypeScript under jest, where Node.js strips the types itself.
const source = new URL(`./worker/worker${extname(import.meta.url)}`, import.meta.url);

type Method<Side, Name extends keyof Side> = Extract<Side[Name], (...args: never[]) => unknown>;

/** A thread that runs one call after another, so that a sync of the disk blocks no event loop. */
export class SqliteThread<Side> {
  private readonly worker: Worker;
  private readonly pending = new Map<number, PromiseWithResolvers<unknown>>();
  private asked = 0;
  private isOver = false;

  constructor(work: SqliteWork) {
    this.worker = new Worker(source, {
      workerData: work,
      name: `audit-${work.side}`,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    // Only a pending call keeps the process alive.
    this.worker.unref();
    this.worker.on('message', (answered: Answered) => this.settle(answered));
    this.worker.on('error', () => this.giveUp());
    this.worker.on('exit', () => this.giveUp());
  }

  /** Whether it can be called, and no call is pending. */
  get isIdle(): boolean {
    return !this.isOver && this.pending.size === 0;
  }

  get isUsable(): boolean {
    return !this.isOver;
  }

  ask<Name extends keyof Side & string>(
    method: Name,
    ...args: Parameters<Method<Side, Name>>
  ): Promise<ReturnType<Method<Side, Name>>> {
    if (this.isOver) return Promise.reject(failure('its thread has ended'));
    const answer = Promise.withResolvers<unknown>();
    this.asked += 1;
    this.pending.set(this.asked, answer);
    this.worker.ref();
    this.worker.postMessage({ id: this.asked, method, args } satisfies Asked);
    // The cast holds: the thread answers with the result of this method.
    return answer.promise as Promise<ReturnType<Method<Side, Name>>>;
  }

  /** Waits `endMs` for pending calls. */
  async end(): Promise<void> {
    if (this.isOver) return;
    const ended = once(this.worker, 'exit');
    this.worker.ref();
    this.worker.postMessage({ id: 0, method: 'close', args: [] } satisfies Asked);
    await Promise.race([ended, sleep(endMs, undefined, { ref: false })]);
    this.giveUp();
  }

  /** Rejects pending calls. Does not wait for the thread, because nothing ends a system call that hangs. */
  giveUp(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.worker.unref();
    void this.worker.terminate();
    for (const { reject } of this.pending.values()) reject(failure('it was given up'));
    this.pending.clear();
  }

  private settle({ id, result, trouble }: Answered): void {
    const pending = this.pending.get(id);
    if (!pending) return;
    this.pending.delete(id);
    if (this.pending.size === 0) this.worker.unref();
    if (trouble === undefined) pending.resolve(result);
    else pending.reject(failure(trouble));
  }
}

function failure(trouble: string): AuditStoreError {
  return new AuditStoreError(`The audit store failed: ${trouble}.`);
}
