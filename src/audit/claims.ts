import { type Head, type Pruned } from './event.js';

/** That a record stood somewhere with that hash. */
export interface Claim extends Head {
  /** Who says so. */
  readonly by: string;
  /** Of who says so: the record stands before it. */
  readonly position: number;
}

/**
 * What signed and chained records say of others: each has to be found as it was, or to have been pruned. Of each chain
 * only the furthest is kept, since the hashes lead from there to all before it.
 */
export class Claims {
  private readonly furthest = new Map<string, Claim>();
  private readonly pruned = new Map<string, Pruned>();

  add(heads: readonly Head[], by: string, position: number): void {
    for (const head of heads) {
      const known = this.furthest.get(head.writer);
      const isNews = !known || head.seq > known.seq || (head.seq === known.seq && position < known.position);
      if (isNews) this.furthest.set(head.writer, { ...head, by, position });
    }
  }

  addPruned(pruned: readonly Pruned[]): void {
    for (const each of pruned) {
      const known = this.pruned.get(each.writer);
      if (!known || known.to.seq < each.to.seq) this.pruned.set(each.writer, each);
    }
  }

  get allPruned(): Pruned[] {
    return [...this.pruned.values()];
  }

  /** What is said of this very record; null for nothing. */
  of(writer: string, seq: number): Claim | null {
    const claim = this.furthest.get(writer);
    return claim?.seq === seq ? claim : null;
  }

  /** The last record of the chain that was pruned; null where none was. */
  prunedTo(writer: string): Head | null {
    return this.pruned.get(writer)?.to ?? null;
  }

  /** Where more was there than the chain has now, and was not pruned; `lastSeq` is 0 for a chain that is not there. */
  beyond(lastSeq: (writer: string) => number): Claim | null {
    for (const claim of this.furthest.values()) {
      const { writer, seq } = claim;
      if (seq > lastSeq(writer) && seq > (this.prunedTo(writer)?.seq ?? 0)) return claim;
    }
    return null;
  }
}
