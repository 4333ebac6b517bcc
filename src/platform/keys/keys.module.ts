import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Settings } from '../config/settings.js';
import { type KeyRing, loadKeyRing } from './key-ring.js';
import { mayCreateKeyRing } from './key-ring-problem.js';

/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');

@Global()
@Module({})
export class KeysModule {
  static forRoot(settings: Settings, log: Logger): DynamicModule {
    const keyRing = { provide: KEY_RING, useFactory: () => keyRingOf(settings, log) };
    return { module: KeysModule, providers: [keyRing], exports: [KEY_RING] };
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
