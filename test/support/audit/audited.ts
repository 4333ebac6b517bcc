import { auditArchiveOf } from '../../../src/gateway/audit/tools/commands.js';
import { type ChainedEvent } from '../../../src/gateway/audit/record/event.js';
import { type Receipt } from '../../../src/gateway/request/change.js';
import { AuditKeys } from '../../../src/gateway/audit/record/keys.js';
import { type Verification, verify } from '../../../src/gateway/audit/tools/verify.js';
import { loadKeyRing } from '../../../src/platform/keys/key-ring.js';
import { auditUrlSchema } from '../../../src/platform/config/audit-url.js';
import { allOf, eventOf } from './audit-stores.js';

/** Where a gateway keeps its audit log, as its environment says it. */
export type AuditEnvironment = Record<'AUDIT_URL' | 'KEYS_FILE', string>;

/** What stands in the log of a gateway, running or not, in the order it was stored. */
async function eventsIn({ AUDIT_URL }: Pick<AuditEnvironment, 'AUDIT_URL'>): Promise<ChainedEvent[]> {
  const records = await allOf(auditArchiveOf(auditUrlSchema.parse(AUDIT_URL)));
  return records.sort((one, other) => one.position - other.position).map(eventOf);
}

/** The event of a receipt; null if the log has no record at its place, or one with another hash. */
export async function eventAt(
  { AUDIT_URL }: Pick<AuditEnvironment, 'AUDIT_URL'>,
  receipt: Receipt | null,
): Promise<ChainedEvent | null> {
  const records = await allOf(auditArchiveOf(auditUrlSchema.parse(AUDIT_URL)));
  const found = records.find(({ hash, body }) => {
    const { writer, seq } = eventOf({ hash, body });
    return receipt?.hash === hash && receipt.writer === writer && receipt.seq === seq;
  });
  return found ? eventOf(found) : null;
}

/** The stages of changes, without what keeps the log itself. */
export async function changesIn(environment: Pick<AuditEnvironment, 'AUDIT_URL'>): Promise<ChainedEvent[]> {
  const events = await eventsIn(environment);
  return events.filter(({ stage }) => stage !== 'writer' && stage !== 'checkpoint');
}

export async function verified({ AUDIT_URL, KEYS_FILE }: AuditEnvironment): Promise<Verification> {
  const { ring } = loadKeyRing(KEYS_FILE, { mayCreate: false });
  return verify(auditArchiveOf(auditUrlSchema.parse(AUDIT_URL)), { keys: new AuditKeys(ring) });
}
