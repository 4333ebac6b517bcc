import { type DynamicModule, Global, Module } from '@nestjs/common';
import { type Logger } from './logger.js';

/** Injects the `Logger`. */
export const LOG = Symbol('log');

@Global()
@Module({})
export class LoggingModule {
  static forRoot(log: Logger): DynamicModule {
    return { module: LoggingModule, providers: [{ provide: LOG, useValue: log }], exports: [LOG] };
  }
}
