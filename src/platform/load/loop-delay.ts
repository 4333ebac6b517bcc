/** How long the timer waits between two samples. */
const everyMs = 20;

/** So many samples in a row have to show a delay: a pause of any length is one sample. */
const inARow = 3;

/** Not `performance.now`: tests replace that clock, to pass hours at once. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * By how much the event loop is late. One garbage collection, one large answer, or a process that was suspended make one sample
 * late; a loop that has more to do in each of its turns than there is time for makes all of them late.
 */
export class LoopDelay {
  /** The smallest of the last samples, in milliseconds: it rises when all are late, and falls with the first that is not. */
  ms = 0;

  private readonly latest = Array<number>(inARow).fill(0);
  private next = 0;
  private dueAt = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly clock: () => number = now) {}

  start(): void {
    this.timer ??= setTimeout(() => this.tick(), everyMs).unref();
    this.dueAt = this.clock() + everyMs;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  /** Called when the timer fires. */
  tick(): void {
    const at = this.clock();
    this.latest[this.next] = Math.max(0, at - this.dueAt);
    this.next = (this.next + 1) % inARow;
    this.ms = Math.min(...this.latest);
    this.dueAt = at + everyMs;
    this.timer?.refresh();
  }
}
