import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication } from '@nestjs/common';
import { Readiness } from './platform/health/readiness.js';
import { describeError } from './platform/telemetry/describe-error.js';
import { type Logger } from './platform/telemetry/logger.js';

const noticeMs = 3000;
const drainMs = 55_000;
/** Process managers may send two signals at once. A second Ctrl-C of a person comes later. */
const impatientAfterMs = 1000;

/** Signals that end a process by default, also during a change. SIGABRT is left out: it is meant to end it at once. */
const endings = [
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPWR',
  'SIGIO',
  'SIGXCPU',
] as const satisfies NodeJS.Signals[];

/**
 * Stops in order: not ready → time for load balancers to notice → no new connections → requests in progress end → exit 0,
 * or 1 after a defect. Ctrl-C needs no notice; a second signal, at least a second later, ends the process at once.
 *
 * @param starting may be pending: a signal during the start is not lost
 * @param finish ends what remains after all requests
 */
export function drainOnSignal(
  starting: Promise<{ app: INestApplication }>,
  log: Logger,
  finish?: () => Promise<void>,
): void {
  let begunAt: number | null = null;
  let hasFailed = false;
  const drain = async (reason: object, waitMs: number) => {
    begunAt = performance.now();
    const deadline = setTimeout(() => {
      log.error({ drainMs }, 'drain took too long');
      process.exit(1);
    }, drainMs);
    const { app } = await starting;
    app.get(Readiness).state = 'draining';
    log.info(reason, 'draining');
    await sleep(waitMs);
    await app.close();
    await finish?.();
    clearTimeout(deadline);
    log.info('stopped');
    process.exit(hasFailed ? 1 : 0);
  };
  const begin = (reason: object, waitMs: number) =>
    void drain(reason, waitMs).catch((error: unknown) => {
      log.error({ error: describeError(error) }, 'could not drain');
      process.exit(1);
    });

  for (const signal of endings) {
    process.on(signal, () => {
      if (begunAt === null) begin({ signal }, signal === 'SIGINT' ? 0 : noticeMs);
      else if (performance.now() - begunAt >= impatientAfterMs) process.exit(1);
    });
  }
  // Without a listener Node opens its debugger, in a process that holds the key ring.
  process.on('SIGUSR1', (signal) => log.info({ signal }, 'signal ignored'));

  // Also emitted for unhandled rejections.
  process.on('uncaughtException', (error) => {
    // Once: if logging fails, each log line would raise the next exception.
    if (hasFailed) return;
    hasFailed = true;
    log.fatal({ error: describeError(error) }, 'unexpected error');
    if (begunAt === null) begin({ reason: 'unexpected error' }, noticeMs);
  });
}
