import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { KEY_RING, SETTINGS } from '../config/config.module.js';
import { type KeyRing } from '../config/key-ring.js';
import { type Settings } from '../config/settings.js';
import { HealthModule } from '../health/health.module.js';
import { Readiness } from '../health/readiness.js';
import { AwayLog } from '../logging/away-log.js';
import { type Logger } from '../logging/logger.js';
import { LOG } from '../logging/logging.module.js';
import { AuditLog } from './audit-log.js';
import { AuditWriter } from './audit-writer.js';
import { AuditKeys } from './keys.js';
import { auditStoreOf } from './audit-store-of.js';
import { Recovery } from './recovery.js';
import { type AuditStore } from './store.js';

/** Injects the `AuditStore`. */
export const AUDIT_STORE = Symbol('audit store');

/** The record of every change. Whoever changes anything asks it first. */
@Module({
  imports: [HealthModule],
  providers: [
    {
      provide: AuditKeys,
      inject: [KEY_RING],
      useFactory: (ring: KeyRing) => new AuditKeys(ring),
    },
    {
      provide: AUDIT_STORE,
      inject: [SETTINGS],
      useFactory: ({ AUDIT_URL }: Settings) => auditStoreOf(AUDIT_URL),
    },
    {
      provide: AuditWriter,
      inject: [AUDIT_STORE, AuditKeys, Readiness, LOG],
      useFactory: writerOf,
    },
    {
      provide: AuditLog,
      inject: [AUDIT_STORE, AuditWriter, AuditKeys],
      useFactory: (store: AuditStore, writer: AuditWriter, keys: AuditKeys) =>
        new AuditLog(store, writer, keys),
    },
    {
      provide: Recovery,
      inject: [AUDIT_STORE, AuditWriter],
      useFactory: (store: AuditStore, writer: AuditWriter) => new Recovery(store, writer),
    },
  ],
  exports: [AUDIT_STORE, AuditKeys, AuditLog],
})
export class AuditModule implements OnApplicationShutdown {
  constructor(
    private readonly log: AuditLog,
    private readonly recovery: Recovery,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.recovery.close();
    await this.log.close();
  }
}

async function writerOf(
  store: AuditStore,
  keys: AuditKeys,
  readiness: Readiness,
  log: Logger,
): Promise<AuditWriter> {
  // Whatever the level, unless it is silence: a checkpoint that nobody has outside the store shows nothing.
  const always = log.level === 'silent' ? log : log.child({}, { level: 'info' });
  const inLog = new AwayLog(log, { name: 'audit store', level: 'error', knownAfterMs: 0 });
  const writer = new AuditWriter({
    store,
    keys,
    onHealth: (trouble) => {
      readiness.cannot('audit', trouble);
      if (trouble === null) inLog.back();
      else if (trouble !== 'opening') inLog.away(trouble);
    },
    publish: (checkpoint, { writer: by, seq, hash }) =>
      always.info({ checkpoint, writer: by, seq, hash }, 'audit checkpoint'),
  });
  await writer.opened();
  return writer;
}
