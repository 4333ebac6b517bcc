import { existsSync } from 'node:fs';
import { auditAddressOf, auditUrlForms } from '../../../platform/config/audit-url.js';
import { SettingsError } from '../../../platform/config/settings.js';
import { type Secret } from '../../../platform/context/secret.js';
import { PostgresArchive } from '../postgres/archive.js';
import { SqliteArchive } from '../sqlite/archive.js';
import { type AuditArchive, AuditStoreError } from '../record/store.js';

/**
 * The log that a URL names, for the command line.
 *
 * @throws SettingsError
 * @throws AuditStoreError where there is no such file: opening it to prune would make an empty log, which verifies
 */
export function auditArchiveOf(url: Secret): AuditArchive {
  const address = auditAddressOf(url.reveal());
  switch (address?.kind) {
    case 'sqlite':
      if (existsSync(address.path)) return new SqliteArchive(address);
      throw new AuditStoreError(`There is no audit log ${address.path}; AUDIT_URL says where it is.`);
    case 'postgres':
      return new PostgresArchive(address);
    default:
      throw new SettingsError([`AUDIT_URL: ${auditUrlForms}`]);
  }
}
