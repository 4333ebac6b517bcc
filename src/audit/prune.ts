import { randomUUIDv7 } from 'node:crypto';
import { Claims } from './claims.js';
import { type AuditEvent, type ChainedEvent, type Head } from './event.js';
import { type AuditKeys } from './keys.js';
import { chained } from './record.js';
import { type AuditStore } from './store.js';
import { unsignedTombstone } from './verify.js';

export interface PruneResult {
  readonly records: number;
}

/**
 * Removes what is older than `before`, as far as a checkpoint vouches for it, and leaves a signed record of where each
 * chain goes on. That one repeats what was pruned earlier: the tombstone before it may go with the rest.
 */
export async function prune(store: AuditStore, keys: AuditKeys, before: string): Promise<PruneResult> {
  const { upTo, first, claims } = await survey(store, before);
  if (upTo.size === 0) return { records: 0 };
  claims.addPruned(
    [...upTo.values()].map((to) => ({ writer: to.writer, from_seq: first.get(to.writer) ?? 1, to })),
  );
  const event = (stage: 'writer' | 'tombstone', more: Partial<AuditEvent>): AuditEvent => ({
    op_id: randomUUIDv7(),
    stage,
    ts: new Date().toISOString(),
    entry: 'cli',
    ...more,
  });
  const key = keys.current;
  const begin = chained(
    event('writer', { follows: await store.heads() }),
    { writer: randomUUIDv7(), seq: 0, hash: '' },
    key,
  );
  await store.append([begin.record]);
  const said = { pruned: claims.allPruned, before };
  const tombstone = { ...said, signature: keys.sign(unsignedTombstone(said)) };
  const { record } = chained(event('tombstone', { tombstone }), begin.head, key);
  await store.prune([...upTo.values()], record);
  const records = [...upTo.values()].reduce(
    (sum, { writer, seq }) => sum + seq - (first.get(writer) ?? 1) + 1,
    0,
  );
  return { records };
}

interface Survey {
  readonly upTo: Map<string, Head>;
  /** The first seq that is there, by chain. */
  readonly first: Map<string, number>;
  readonly claims: Claims;
}

/** How far each chain is vouched for by records older than `before`. */
async function survey(store: AuditStore, before: string): Promise<Survey> {
  const upTo = new Map<string, Head>();
  const first = new Map<string, number>();
  const claims = new Claims();
  const vouched: Head[] = [];
  for await (const batch of store.all()) {
    for (const { body } of batch) {
      const event = JSON.parse(body) as ChainedEvent;
      if (!first.has(event.writer)) first.set(event.writer, event.seq);
      if (event.tombstone) claims.addPruned(event.tombstone.pruned);
      if (event.ts < before) vouched.push(...(event.checkpoint?.heads ?? []), ...(event.follows ?? []));
    }
  }
  for (const head of vouched) {
    const isThere = head.seq >= (first.get(head.writer) ?? Infinity);
    if (isThere && head.seq > (upTo.get(head.writer)?.seq ?? 0)) upTo.set(head.writer, head);
  }
  return { upTo, first, claims };
}
