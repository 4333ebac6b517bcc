import { type Head, type Pruned } from '../record/event.js';

/** The position of what claims from outside of the log. */
export const savedPosition = Infinity;

/** The claim that a record with this hash was stored. */
interface Claim extends Head {
  /** The record or saved checkpoint that claims it. */
  readonly by: string;
  readonly isSaved: boolean;
  /** Of the claiming record. The claimed record has a lower one. */
  readonly position: number;
}

/**
 * The claims of genuine records about other records, which must be stored unchanged or pruned. Of each chain only the
 * furthest claim is kept, because its hash covers all records before it.
 */
export class Claims {
  private readonly furthest = new Map<string, Claim>();
  private readonly pruned = new Map<string, Pruned>();

  add(heads: readonly Head[], by: string, position: number): void {
    for (const head of heads) {
      const known = this.furthest.get(head.writer);
      const isNews = !known || head.seq > known.seq || (head.seq === known.seq && position < known.position);
      if (!isNews) continue;
      this.furthest.set(head.writer, { ...head, by, isSaved: position === savedPosition, position });
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

  /** The claim about exactly this record. */
  of(writer: string, seq: number): Claim | null {
    const claim = this.furthest.get(writer);
    return claim?.seq === seq ? claim : null;
  }

  /** The last pruned record of the chain. */
  prunedTo(writer: string): Head | null {
    return this.pruned.get(writer)?.to ?? null;
  }

  /** A claim of a record beyond the end of its chain that was not pruned. `lastSeq` is 0 for a chain without records. */
  beyond(lastSeq: (writer: string) => number): Claim | null {
    for (const claim of this.furthest.values()) {
      const { writer, seq } = claim;
      if (seq > lastSeq(writer) && seq > (this.prunedTo(writer)?.seq ?? 0)) return claim;
    }
    return null;
  }
}
