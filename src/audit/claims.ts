import { type Head, type Pruned } from './event.js';

/** That a record stood somewhere with that hash, and who says so. */
export interface Claim extends Head {
  readonly by: string;
}

/** What signed and chained records say of others: each has to be found as it was, or to have been pruned. */
export class Claims {
  private readonly open = new Map<string, Map<number, Claim>>();
  private readonly pruned = new Map<string, Pruned>();

  add(by: string, heads: readonly Head[]): void {
    for (const head of heads) {
      const ofWriter = this.open.get(head.writer) ?? new Map<number, Claim>();
      this.open.set(head.writer, ofWriter);
      if (!ofWriter.has(head.seq)) ofWriter.set(head.seq, { ...head, by });
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

  /** What is claimed of this record, where it is another than this one. */
  contradicted({ writer, seq, hash }: Head): Claim | null {
    const claim = this.open.get(writer)?.get(seq);
    if (!claim) return null;
    if (claim.hash !== hash) return claim;
    this.open.get(writer)?.delete(seq);
    return null;
  }

  /** Whether a chain may begin after this record, since what stood up to it was pruned. */
  endsPruned({ writer, seq, hash }: Head): boolean {
    const to = this.pruned.get(writer)?.to;
    return to?.seq === seq && to.hash === hash;
  }

  /** The first that was not found, and not pruned. */
  missing(isInRange: (head: Head) => boolean): Claim | null {
    for (const claims of this.open.values()) {
      for (const claim of claims.values()) {
        const isPruned = claim.seq <= (this.pruned.get(claim.writer)?.to.seq ?? 0);
        if (!isPruned && isInRange(claim)) return claim;
      }
    }
    return null;
  }
}
