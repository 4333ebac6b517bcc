import { type AuditAddress } from '../../platform/config/audit-url.js';
import { PostgresStore } from './postgres/store.js';
import { SqliteStore } from './sqlite/store.js';
import { type AuditStore } from './record/store.js';

/** The store at an address, not yet open. */
export function auditStoreOf(address: AuditAddress): AuditStore {
  return address.kind === 'sqlite'
    ? new SqliteStore(address)
    : new PostgresStore({ url: address.url.reveal() });
}
