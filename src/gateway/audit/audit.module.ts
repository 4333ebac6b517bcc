import { Module, type OnModuleInit } from '@nestjs/common';
import { KEY_RING, type KeyRing } from '../../platform/keys/key-ring.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { Readiness } from '../../platform/health/readiness.js';
import { AwayLog } from '../../platform/telemetry/away-log.js';
import { LOG, type Logger, logOutput } from '../../platform/telemetry/logger.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { AuditLog } from './log/audit-log.js';
import { auditStoreOf } from './audit-store-of.js';
import { AuditWriter } from './log/writer.js';
import { AuditKeys } from './record/keys.js';
import { Recovery } from './log/recovery.js';
import { TokenIds } from './log/token-ids.js';
import { type AuditRecord, lineOf } from './record/record.js';
import { AUDIT_STORE, type AuditStore } from './record/store.js';

/** The record of every change. */
@Module({
  providers: [
    Recovery,
    AuditLog,
    TokenIds,
    // Not injectable by itself: the command line uses it without Nest.
    { provide: AuditKeys, inject: [KEY_RING], useFactory: (ring: KeyRing) => new AuditKeys(ring) },
    {
      provide: AUDIT_STORE,
      inject: [SETTINGS],
      useFactory: ({ AUDIT_URL }: Settings) => auditStoreOf(AUDIT_URL),
    },
    {
      provide: AuditWriter,
      inject: [AUDIT_STORE, AuditKeys, Readiness, LOG, SETTINGS, Metrics],
      useFactory: writerOf,
    },
  ],
  exports: [AUDIT_STORE, AuditKeys, AuditLog, TokenIds],
})
export class AuditModule implements OnModuleInit {
  constructor(private readonly writer: AuditWriter) {}

  onModuleInit(): Promise<void> {
    return this.writer.start();
  }
}

function writerOf(
  store: AuditStore,
  keys: AuditKeys,
  readiness: Readiness,
  log: Logger,
  { AUDIT_STDOUT }: Settings,
  metrics: Metrics,
): AuditWriter {
  // A checkpoint is proof only if it is kept outside the store, so it is logged at every level but `silent`.
  const always = log.level === 'silent' ? log : log.child({}, { level: 'info' });
  const inLog = new AwayLog(log, { name: 'audit store', level: 'error', knownAfterMs: 0 });
  return new AuditWriter({
    store,
    keys,
    onHealth: (trouble) => {
      readiness.cannot('audit', trouble);
      if (trouble === null) inLog.back();
      else if (trouble !== 'opening') inLog.away(trouble);
    },
    publish: (checkpoint, { writer, seq, hash }) =>
      always.info({ checkpoint, writer, seq, hash }, 'audit checkpoint'),
    copy: AUDIT_STDOUT ? copyTo(metrics) : undefined,
  });
}

/** Writes records between the lines of the log, each on a line of its own: two writers of one output could mix their lines. */
function copyTo(metrics: Metrics) {
  const onLost = () => metrics.auditCopyLost();
  return (record: AuditRecord) => logOutput.write(lineOf(record), onLost);
}
