import { createSecretKey, generateKeyPairSync, randomBytes, randomUUIDv7 } from 'node:crypto';
import { AuditKeys } from '../../src/audit/keys.js';
import { type AuditEvent, type Head } from '../../src/audit/event.js';
import { type AuditRecord, chained } from '../../src/audit/record.js';
import { KeyRing } from '../../src/config/key-ring.js';

const key = { kid: 'one', key: createSecretKey(randomBytes(32)) };

export function aZone(): string {
  return randomBytes(16).toString('hex');
}

export function anEvent(event: Partial<AuditEvent> = {}): AuditEvent {
  return { op_id: randomUUIDv7(), stage: 'intent', ts: new Date().toISOString(), ...event };
}

/** The records of a chain of its own, or of one that goes on, and where it stands after them. */
export function aChain(
  events: readonly Partial<AuditEvent>[],
  after: Head = { writer: randomUUIDv7(), seq: 0, hash: '' },
): { records: AuditRecord[]; head: Head } {
  let head = after;
  const records = events.map((event) => {
    const next = chained(anEvent(event), head, key);
    ({ head } = next);
    return next.record;
  });
  return { records, head };
}

export function auditKeys(): AuditKeys {
  const signing = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const bytes = randomBytes(32).toString('base64');
  return new AuditKeys(
    new KeyRing({ current: 'one', root: 'one', keys: { one: bytes }, signing: signing.toString() }),
  );
}
