import { type DynamicModule, Global, Module } from '@nestjs/common';
import { auditAddressOf } from './audit-url.js';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { type Settings } from './settings.js';

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');
/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');

/** What is said of the key ring. */
export interface KeyRingTold {
  /** There was none, and one was made. */
  readonly onNewRing: (path: string) => void;
  readonly onWarning: (text: string) => void;
}

@Global()
@Module({})
export class ConfigModule {
  static for(settings: Settings, told: KeyRingTold): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: KEY_RING, useFactory: () => keyRingOf(settings, told) },
      ],
      exports: [SETTINGS, KEY_RING],
    };
  }
}

/** Others need the same one where anything is shared with them: there, it is never made in passing. */
function keyRingOf(
  { REDIS_URL, AUDIT_URL, KEYS_FILE }: Settings,
  { onNewRing, onWarning }: KeyRingTold,
): KeyRing {
  const mayCreate = !REDIS_URL && auditAddressOf(AUDIT_URL.reveal())?.kind === 'sqlite';
  const { ring, isNew, warning } = loadKeyRing(KEYS_FILE, { mayCreate });
  if (isNew) onNewRing(KEYS_FILE);
  if (warning !== null) onWarning(warning);
  return ring;
}
