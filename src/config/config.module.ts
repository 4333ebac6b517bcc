import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { mayCreateKeyRing } from './key-ring-problem.js';
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

function keyRingOf(settings: Settings, onNewRing: (path: string) => void): KeyRing {
  const { KEYS_FILE } = settings;
  const { ring, isNew } = loadKeyRing(KEYS_FILE, { mayCreate: mayCreateKeyRing(settings) });
  if (isNew) onNewRing(KEYS_FILE);
  return ring;
}
