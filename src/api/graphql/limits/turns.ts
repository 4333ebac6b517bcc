/** About 3 ms of work. A scalar is one unit, or as many as it has hundreds of bytes. */
const unitsPerTurn = 1500;
export const unitsPerObject = 10;

/** Whose work waits for a turn. */
export interface Owner {
  /** How many objects its answer has so far. */
  readonly objects: number;
  /** The smaller, the older. */
  readonly order: number;
}

interface Waiting {
  readonly units: number;
  readonly begin: () => void;
}

/** An answer of no more objects than this does not wait for larger ones. */
const fewObjects = 500;

/**
 * Shares the event loop between the answers that are being made: each of its turns does a bounded amount of work. Small
 * answers go first, then the oldest of the large ones alone, so that few large answers are in memory half made.
 */
export class Turns {
  private readonly waiting = new Map<Owner, Waiting[]>();
  private used = 0;
  private isScheduled = false;

  /** Counts work that cannot wait. */
  use(units: number): void {
    this.used += units;
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => this.turn());
  }

  /** Whether this turn has room for the work. If it has, the work is counted. */
  take(units: number): boolean {
    if (this.used + units > unitsPerTurn) return false;
    this.use(units);
    return true;
  }

  /** Resolves when a turn begins that has room for the work. */
  next(owner: Owner, units: number): Promise<void> {
    return new Promise((begin) => {
      const queue = this.waiting.get(owner);
      if (queue) queue.push({ units, begin });
      else this.waiting.set(owner, [{ units, begin }]);
      this.use(0);
    });
  }

  private turn(): void {
    this.used = 0;
    this.isScheduled = false;
    const owners = [...this.waiting.keys()].sort((one, other) => one.order - other.order);
    const oldest = owners.find(({ objects }) => objects > fewObjects);
    const few = owners.filter(({ objects }) => objects <= fewObjects);
    for (const owner of oldest ? [...few, oldest] : few) this.serve(owner);
  }

  private serve(owner: Owner): void {
    const queue = this.waiting.get(owner) ?? [];
    let begun = 0;
    for (const { units, begin } of queue) {
      if (this.used >= unitsPerTurn) break;
      this.use(units);
      begin();
      begun += 1;
    }
    if (begun === queue.length) this.waiting.delete(owner);
    else queue.splice(0, begun);
  }
}
