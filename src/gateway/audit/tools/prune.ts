import { randomUUIDv7 } from 'node:crypto';
import { Claims } from './claims.js';
import { type ChainedEvent, type Head, type Pruned } from '../record/event.js';
import { type AuditKeys } from '../record/keys.js';
import { chained, chainedIn, newEvent, unsignedTombstone } from '../record/record.js';
import { type AuditArchive } from '../record/store.js';
import { verify } from './verify.js';
import { type Finding } from './verify-walk.js';

interface PruneResult {
  readonly removed: number;
  /** Older records that no checkpoint from before then covers. A later prune removes them. */
  readonly left: number;
  /** Nothing is removed from a log that does not verify: the tombstone would vouch for it. */
  readonly finding: Finding | null;
}

/**
 * Removes the records that are older than `before`, up to the last checkpoint that is older too, and stores a signed
 * tombstone. It repeats what was pruned earlier, because it may remove the tombstone before it.
 */
export async function prune(archive: AuditArchive, keys: AuditKeys, before: string): Promise<PruneResult> {
  const { finding } = await verify(archive, { keys });
  if (finding) return { removed: 0, left: 0, finding };
  const survey = new Survey(before);
  for await (const batch of archive.all()) for (const { body } of batch) survey.see(chainedIn(body));
  const pruned = survey.vouchedFor();
  const removed = pruned.reduce((sum, { from_seq, to }) => sum + to.seq - from_seq + 1, 0);
  const left = survey.older - removed;
  if (removed === 0) return { removed, left, finding: null };
  survey.claims.addPruned(pruned);
  const key = keys.current;
  const start = { writer: randomUUIDv7(), seq: 0, hash: '' };
  const begin = chained({ ...newEvent('writer'), entry: 'cli', follows: await archive.heads() }, start, key);
  const said = { pruned: survey.claims.allPruned, before };
  const tombstone = { ...said, signature: keys.sign(unsignedTombstone(said)) };
  const end = chained({ ...newEvent('tombstone'), entry: 'cli', tombstone }, begin.head, key);
  const ends = pruned.map(({ to }) => to);
  await archive.prune(ends, [begin.record, end.record]);
  return { removed, left, finding: null };
}

interface Chain {
  /** The first stored seq. */
  readonly first: number;
  readonly follows: readonly Head[];
  /** The first seq that is not older. */
  kept: number;
}

class Survey {
  readonly claims = new Claims();
  older = 0;
  private readonly chains = new Map<string, Chain>();
  private readonly checkpointed: Head[] = [];

  constructor(private readonly before: string) {}

  see(event: ChainedEvent | null): void {
    if (!event) return;
    const { writer, seq, ts, follows = [], checkpoint, tombstone } = event;
    const chain = this.chains.get(writer) ?? { first: seq, follows, kept: Infinity };
    this.chains.set(writer, chain);
    if (tombstone) this.claims.addPruned(tombstone.pruned);
    if (ts >= this.before) {
      chain.kept = Math.min(chain.kept, seq);
      return;
    }
    this.older += 1;
    if (checkpoint) this.checkpointed.push(...checkpoint.heads);
  }

  /**
   * How far each chain may go. A checkpoint names only the chains that no other follows: for those, the one that follows
   * names them in its first record.
   */
  vouchedFor(): Pruned[] {
    const ends = new Map<string, Head>();
    const vouched = [...this.checkpointed];
    for (let head = vouched.pop(); head; head = vouched.pop()) {
      const { writer, seq } = head;
      const chain = this.chains.get(writer);
      const isKnown = seq <= (ends.get(writer)?.seq ?? 0);
      if (!chain || isKnown || seq < chain.first || seq >= chain.kept) continue;
      if (!ends.has(writer)) vouched.push(...chain.follows);
      ends.set(writer, head);
    }
    return Array.from(ends, ([writer, to]) => ({
      writer,
      from_seq: this.chains.get(writer)?.first ?? 1,
      to,
    }));
  }
}
