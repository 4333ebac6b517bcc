import { type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { type Settings, SettingsError } from '../config/settings.js';
import { LogOutput } from './log-output.js';

export type { Logger };

/** Injects the `Logger`. */
export const LOG = Symbol('log');

/** A process has one. */
export const logOutput = new LogOutput(1);

export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  return pino({ level: LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime }, logOutput);
}

/** Nest's own messages, on the same log; what it says of a normal start is for debugging. */
export function nestLogger(log: Logger): LoggerService {
  const at = (level: 'debug' | 'warn' | 'error') => (message: unknown) => {
    // It is thrown again, and printed where the start ends.
    if (message instanceof SettingsError) return;
    log[level]({ from: 'nest' }, String(message));
  };
  return {
    log: at('debug'),
    verbose: at('debug'),
    debug: at('debug'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('error'),
  };
}
