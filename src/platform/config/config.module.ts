import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Settings } from './settings.js';

/** Injects the `Settings`. */
export const SETTINGS = Symbol('settings');

@Global()
@Module({})
export class ConfigModule {
  static forRoot(settings: Settings): DynamicModule {
    const provider = { provide: SETTINGS, useValue: settings };
    return { module: ConfigModule, providers: [provider], exports: [SETTINGS] };
  }
}
