import { type Secret } from '../../platform/context/secret.js';
import { SettingsError } from '../../platform/config/settings.js';
import { auditAddressOf, auditUrlForms } from '../../platform/config/audit-url.js';
import { PostgresStore } from './postgres/store.js';
import { SqliteStore } from './sqlite/store.js';
import { type AuditStore } from './record/store.js';

/**
 * The store that a URL names. It is not open yet.
 *
 * @throws SettingsError
 */
export function auditStoreOf(url: Secret): AuditStore {
  const address = auditAddressOf(url.reveal());
  switch (address?.kind) {
    case 'sqlite':
      return new SqliteStore(address);
    case 'postgres':
      return new PostgresStore(address);
    default:
      throw new SettingsError([`AUDIT_URL: ${auditUrlForms}`]);
  }
}
