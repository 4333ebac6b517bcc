import { describe, expect, it } from '@jest/globals';
import { type AuditRecord, chainedIn } from '../../src/gateway/audit/record/record.js';
import { VerifyWalk } from '../../src/gateway/audit/tools/verify-walk.js';
import { AChain } from '../support/audit/audit-stores.js';

/** Of a log without keys, whose records were stored in this order. */
function findingIn(...stored: readonly AuditRecord[]): string | undefined {
  const records = stored
    .map((record, index) => ({ ...record, position: index + 1, name: chainedIn(record.body) }))
    .sort((a, b) => `${a.name?.writer} ${a.name?.seq}`.localeCompare(`${b.name?.writer} ${b.name?.seq}`));
  const walk = new VerifyWalk(null);
  for (const record of records) walk.collect(record);
  const found = records.map((record) => walk.check(record)).find((finding) => finding !== null);
  return (found ?? walk.finish())?.message;
}

describe('Verification of checkpoints', () => {
  it.each([0, 1])('A verification names the chain whose record was moved (chain %i)', (first) => {
    const chains = [new AChain(), new AChain()].sort((a, b) => (a.head.writer < b.head.writer ? -1 : 1));
    const [named, other] = [chains[first]!, chains[1 - first]!];
    const [a1, a2] = named.several({ stage: 'writer', follows: [] }, {}) as [AuditRecord, AuditRecord];
    const [b1, b2] = other.several({ stage: 'writer', follows: [] }, {}) as [AuditRecord, AuditRecord];
    const b3 = other.add({ stage: 'checkpoint', checkpoint: { heads: [named.head], signature: '' } });
    expect(findingIn(a1, b1, b2, a2, b3)).toBeUndefined();
    expect(findingIn(a1, b1, b3, a2, b2)).toContain(
      `record 2 of chain ${other.head.writer}: it stands after`,
    );
    expect(findingIn(a1, b1, b2, b3, a2)).toContain(
      `record 2 of chain ${named.head.writer}: it stands after`,
    );
  });
});
