import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { type KeyRing, loadKeyRing } from '../keys/key-ring.js';
import { mayCreateKeyRing } from '../keys/key-ring-problem.js';
import { type Settings } from './settings.js';

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');
/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');

@Global()
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings, log: Logger): DynamicModule {
    return {
      module: ConfigModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: KEY_RING, useFactory: () => keyRingOf(settings, log) },
      ],
      exports: [SETTINGS, KEY_RING],
    };
  }
}

function keyRingOf(settings: Settings, log: Logger): KeyRing {
  const { KEYS_FILE } = settings;
  const { ring, isNew, warning } = loadKeyRing(KEYS_FILE, { mayCreate: mayCreateKeyRing(settings) });
  // Without the key ring, no record of the audit log can be verified.
  if (isNew) log.warn({ file: KEYS_FILE }, 'made a key ring: keep a copy of it');
  if (warning !== null) log.warn(warning);
  return ring;
}
