import { setTimeout as sleep } from 'node:timers/promises';
import { SharedCall } from './shared-call.js';

/** How long a call waits at the most for the one before it. */
const longestWaitMs = 100;

/**
 * Shares calls among reads that must not be answered by a call from before they came: each joins the next call that has
 * not begun. The next call begins when the one before it ends, or after 100 ms: however many reads come, they cost one
 * call at a time, or ten a second where a call takes longer.
 */
export class Departures<T> {
  private readonly underWay = new Map<string, SharedCall<T>>();
  private readonly waiting = new Map<string, SharedCall<T>>();

  /**
   * @param signal of the reader: undefined for one that waits to the end
   * @param onJoin called where the call was asked for by another read
   */
  share(
    key: string,
    call: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
    onJoin: () => void,
  ): Promise<T> {
    const next = this.waiting.get(key);
    if (next && !next.isAborted) {
      onJoin();
      return next.join(signal);
    }
    const before = this.underWay.get(key);
    return (before ? this.startAfter(before, key, call) : this.start(key, call)).join(signal);
  }

  private start(key: string, call: (signal: AbortSignal) => Promise<T>): SharedCall<T> {
    const started = new SharedCall(call);
    this.follow(key, started);
    return started;
  }

  private startAfter(
    before: SharedCall<T>,
    key: string,
    call: (signal: AbortSignal) => Promise<T>,
  ): SharedCall<T> {
    const next: SharedCall<T> = new SharedCall(async (signal) => {
      await waitFor(before);
      if (this.waiting.get(key) === next) this.waiting.delete(key);
      signal.throwIfAborted();
      this.follow(key, next);
      return call(signal);
    });
    this.waiting.set(key, next);
    return next;
  }

  private follow(key: string, call: SharedCall<T>): void {
    this.underWay.set(key, call);
    void call.ended.then(() => {
      if (this.underWay.get(key) === call) this.underWay.delete(key);
    });
  }
}

async function waitFor(before: SharedCall<unknown>): Promise<void> {
  const ended = new AbortController();
  const late = sleep(longestWaitMs, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
  await Promise.race([before.ended, late]);
  ended.abort();
}
