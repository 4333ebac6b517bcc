import { type DynamicModule, Global, Module } from '@nestjs/common';
import { auditAddressOf } from './audit-url.js';
import { type Logger } from '../logging/logger.js';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { type Settings } from './settings.js';

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');
/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');
/** Injects the `Logger`. */
export const LOG = Symbol('log');

@Global()
@Module({})
export class ConfigModule {
  static for(settings: Settings, log: Logger): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOG, useValue: log },
        { provide: KEY_RING, useFactory: () => keyRingOf(settings, log) },
      ],
      exports: [SETTINGS, LOG, KEY_RING],
    };
  }
}

/** Others need the same one where anything is shared with them: there, it is never made in passing. */
function keyRingOf({ REDIS_URL, AUDIT_URL, KEYS_FILE }: Settings, log: Logger): KeyRing {
  const mayCreate = !REDIS_URL && auditAddressOf(AUDIT_URL.reveal())?.kind === 'sqlite';
  const { ring, isNew } = loadKeyRing(KEYS_FILE, { mayCreate });
  if (isNew)
    log.warn({ file: KEYS_FILE }, 'made a key ring: keep a copy of it, nothing else verifies the audit log');
  return ring;
}
