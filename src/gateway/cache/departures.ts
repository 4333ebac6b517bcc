import { within } from '../../platform/context/deadline.js';
import { SharedCall } from './shared-call.js';

/** The longest that a call waits for the previous one. */
const longestWaitMs = 100;

type Call<T> = (signal: AbortSignal) => Promise<T>;

/**
 * Shares calls among reads that must not be answered by a call that began before them: each joins the next call that has not
 * begun. That begins when the previous call ends, or after 100 ms, so that any number of reads costs one call at a time, or ten
 * a second if calls are slow.
 */
export class Departures<T> {
  private readonly underWay = new Map<string, SharedCall<T>>();
  private readonly waiting = new Map<string, SharedCall<T>>();

  /** The next call that begins; `call` unless another read waits already. */
  next(key: string, call: Call<T>): SharedCall<T> {
    const waiting = this.waiting.get(key);
    if (waiting && !waiting.isAborted) return waiting;
    const before = this.underWay.get(key);
    if (before) return this.startAfter(before, key, call);
    const started = new SharedCall(call);
    this.follow(key, started);
    return started;
  }

  private startAfter(before: SharedCall<T>, key: string, call: Call<T>): SharedCall<T> {
    const next: SharedCall<T> = new SharedCall(async (signal) => {
      await within(before.ended, longestWaitMs, late).catch(() => undefined);
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

function late(): Error {
  return new Error('The previous call takes long.');
}
