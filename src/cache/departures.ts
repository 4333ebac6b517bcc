import { within } from '../context/deadline.js';

/** The longest that a call waits for the previous one. */
const longestWaitMs = 100;

/**
 * Shares calls among reads that must not be answered by a call that began before them: each joins the next call that has not
 * begun. That begins when the previous call ends, or after 100 ms, so that any number of reads costs one call at a time, or ten
 * a second if calls are slow.
 */
export class Departures<T> {
  private readonly underWay = new Map<string, Promise<unknown>>();
  private readonly waiting = new Map<string, Promise<T>>();

  /** @param onJoin called if the read shares the call of another read */
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
    const late = () => new Error('The previous call takes long.');
    const begin = () => {
      this.waiting.delete(key);
      return this.begin(key, call);
    };
    const departing = within(before, longestWaitMs, late).then(begin, begin);
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
