import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { Readiness } from '../../platform/health/readiness.js';
import { LOG, type Logger } from '../../platform/telemetry/logger.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuditLog } from '../audit/log/audit-log.js';
import { AccessPolicy } from './access-policy.js';
import { ByCredential, Identification } from './identification.js';
import { ByAccessFile } from './managed/by-access-file.js';
import { ManagedAccess } from './managed/managed-access.js';
import { PassThrough } from './pass-through.js';

/** Who sends a request, and what that sender may do: by MODE. */
@Module({
  imports: [AuditModule],
  providers: [
    {
      provide: AccessPolicy,
      inject: [SETTINGS, AuditLog, Readiness, LOG, Metrics],
      useFactory: policyOf,
    },
    { provide: Identification, inject: [AccessPolicy, Metrics], useFactory: identificationOf },
  ],
  exports: [AccessPolicy, Identification],
})
export class AccessModule {}

async function policyOf(
  { MODE, ACCESS_FILE }: Settings,
  audit: AuditLog,
  readiness: Readiness,
  log: Logger,
  metrics: Metrics,
): Promise<AccessPolicy> {
  if (MODE === 'passthrough') return new PassThrough();
  const access = await ManagedAccess.open({ path: ACCESS_FILE ?? '', audit, readiness, log });
  metrics.watchAccess(() => ({
    sha256: access.state.sha256,
    tokens: access.tokens.all,
    keys: [...access.state.keys.values()],
  }));
  return access;
}

function identificationOf(policy: AccessPolicy, metrics: Metrics): Identification {
  if (!(policy instanceof ManagedAccess)) return new ByCredential();
  return new ByAccessFile(
    () => policy.state,
    (key) => metrics.apiKeyUsed(key),
    () => metrics.foreignCredential(),
  );
}
