import { randomBytes } from 'node:crypto';
import { type AuditEvent, type Head } from '../../../src/gateway/audit/record/event.js';
import { type AuditRecord } from '../../../src/gateway/audit/record/record.js';
import { AChain } from '../audit/audit-stores.js';

export function aZone(): string {
  return randomBytes(16).toString('hex');
}

/** The records of a chain of its own, or of one that goes on, and where it stands after them. */
export function aChain(
  events: readonly Partial<AuditEvent>[],
  after?: Head,
): { records: AuditRecord[]; head: Head } {
  const chain = new AChain();
  if (after) chain.head = after;
  const records = chain.several(...events);
  return { records, head: chain.head };
}
