import { type DynamicModule, Global, Module } from '@nestjs/common';
import { auditAddressOf } from './audit-url.js';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { type Settings } from './settings.js';

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');
/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');

@Global()
@Module({})
export class ConfigModule {
  /** @param onNewRing called where there was no key ring, and one was made */
  static for(settings: Settings, onNewRing: (path: string) => void): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: KEY_RING, useFactory: () => keyRingOf(settings, onNewRing) },
      ],
      exports: [SETTINGS, KEY_RING],
    };
  }
}

/** Others need the same one where anything is shared with them: there, it is never made in passing. */
function keyRingOf(
  { REDIS_URL, AUDIT_URL, KEYS_FILE }: Settings,
  onNewRing: (path: string) => void,
): KeyRing {
  const mayCreate = !REDIS_URL && auditAddressOf(AUDIT_URL.reveal())?.kind === 'sqlite';
  const { ring, isNew } = loadKeyRing(KEYS_FILE, { mayCreate });
  if (isNew) onNewRing(KEYS_FILE);
  return ring;
}
