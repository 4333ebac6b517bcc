import { type LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { type Settings, SettingsError } from '../config/settings.js';

export type { Logger };

const mostUnwrittenBytes = 1024 * 1024;

export function createLogger({ LOG_LEVEL }: Pick<Settings, 'LOG_LEVEL'>): Logger {
  const output = pino.destination({ sync: true, maxLength: mostUnwrittenBytes });
  // The terminal is closed, or the disk is full: that is no reason to end what is under way.
  output.on('error', () => undefined);
  return pino({ level: LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime }, output);
}

/** Nest's own messages, on the same log; what it says of a normal start is for debugging. */
export function nestLogger(log: Logger): LoggerService {
  const at = (level: 'debug' | 'warn' | 'error') => (message: unknown) => {
    // Thrown on, and told where it ends the start.
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
