/** About 3 ms of work. A scalar is one unit, or as many as it has hundreds of bytes. */
const unitsPerTurn = 1500;
export const unitsPerObject = 10;

/** Whose work waits for a turn. */
export interface Owner {
  /** How many objects its answer has so far. */
  readonly objects: number;
}

interface Waiting {
  readonly units: number;
  readonly begin: () => void;
}

/** An answer of no more objects than this does not wait for larger ones. */
const fewObjects = 500;

/**
 * Shares the event loop between the answers that are being made: one turn of it does a bounded number of units of work, of
 * all requests together. Small answers go first. Of the large ones the oldest goes first, so that they are finished one after
 * the other, and few of them are in memory half made.
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
    while (this.used < unitsPerTurn) {
      const owner = this.firstOwner();
      if (!owner) return;
      const queue = this.waiting.get(owner);
      const next = queue?.shift();
      if (queue?.length === 0) this.waiting.delete(owner);
      this.use(next?.units ?? 0);
      next?.begin();
    }
  }

  private firstOwner(): Owner | undefined {
    let oldest: Owner | undefined;
    for (const owner of this.waiting.keys()) {
      if (owner.objects <= fewObjects) return owner;
      oldest ??= owner;
    }
    return oldest;
  }
}
