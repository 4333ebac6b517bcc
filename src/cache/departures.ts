import { setTimeout as sleep } from 'node:timers/promises';

/** How long a call waits at the most for the one before it. */
const longestWaitMs = 100;

/**
 * Shares calls among reads that must not be answered by a call from before they came: each joins the next call that has
 * not begun. The next call begins when the one before it ends, or after 100 ms: however many reads come, they cost one
 * call at a time, or ten a second where a call takes longer.
 */
export class Departures<T> {
  private readonly underWay = new Map<string, Promise<unknown>>();
  private readonly waiting = new Map<string, Promise<T>>();

  /** @param onJoin called where the call was asked for by another read */
  share(key: string, call: () => Promise<T>, onJoin: () => void): Promise<T> {
    const joined = this.waiting.get(key);
    if (joined) {
      onJoin();
      return joined;
    }
    const before = this.underWay.get(key);
    return before ? this.depart(key, before, call) : this.begin(key, call);
  }

  private depart(key: string, before: Promise<unknown>, call: () => Promise<T>): Promise<T> {
    const departing = waitFor(before).then(() => {
      this.waiting.delete(key);
      return this.begin(key, call);
    });
    this.waiting.set(key, departing);
    return departing;
  }

  private begin(key: string, call: () => Promise<T>): Promise<T> {
    const begun = call();
    this.underWay.set(key, begun);
    const end = () => {
      if (this.underWay.get(key) === begun) this.underWay.delete(key);
    };
    begun.then(end, end);
    return begun;
  }
}

async function waitFor(before: Promise<unknown>): Promise<void> {
  const ended = new AbortController();
  const late = sleep(longestWaitMs, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
  await Promise.race([before.catch(() => undefined), late]);
  ended.abort();
}
