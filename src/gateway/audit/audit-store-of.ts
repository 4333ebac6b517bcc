import { type Secret } from '../../platform/context/secret.js';
import { SettingsError } from '../../platform/config/settings.js';
import { auditAddressOf, auditUrlForms } from '../../platform/config/audit-url.js';
import { PostgresStore } from './postgres/store.js';
import { SqliteStore } from './sqlite/store.js';
import { type AuditStore } from './record/store.js';

/** The store that a URL names, not yet open. The settings refuse other URLs already. */
export function auditStoreOf(url: Secret): AuditStore {
  const address = auditAddressOf(url.reveal());
  if (!address) throw new SettingsError([`AUDIT_URL: ${auditUrlForms}`]);
  return address.kind === 'sqlite' ? new SqliteStore(address) : new PostgresStore(address);
}
