import { existsSync } from 'node:fs';
import { auditAddressOf, auditUrlForms } from '../../../platform/config/audit-url.js';
import { SettingsError } from '../../../platform/config/settings.js';
import { type Secret } from '../../../platform/context/secret.js';
import { PostgresArchive } from '../postgres/archive.js';
import { SqliteArchive } from '../sqlite/archive.js';
import { type AuditArchive, AuditStoreError } from '../record/store.js';

/** @throws AuditStoreError if the file does not exist: `prune` would create an empty log, which verifies */
export function auditArchiveOf(url: Secret): AuditArchive {
  const address = auditAddressOf(url.reveal());
  if (!address) throw new SettingsError([`AUDIT_URL: ${auditUrlForms}`]);
  if (address.kind === 'postgres') return new PostgresArchive(address);
  if (existsSync(address.path)) return new SqliteArchive(address);
  throw new AuditStoreError(`There is no audit log ${address.path}; AUDIT_URL says where it is.`);
}
