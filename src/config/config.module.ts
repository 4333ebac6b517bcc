import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { mayCreateKeyRing } from './key-ring-problem.js';
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

function keyRingOf(settings: Settings, { onNewRing, onWarning }: KeyRingTold): KeyRing {
  const { KEYS_FILE } = settings;
  const { ring, isNew, warning } = loadKeyRing(KEYS_FILE, { mayCreate: mayCreateKeyRing(settings) });
  if (isNew) onNewRing(KEYS_FILE);
  if (warning !== null) onWarning(warning);
  return ring;
}
