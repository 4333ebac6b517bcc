import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplication } from '@nestjs/common';
import { Readiness } from './health/readiness.js';
import { describeError } from './logging/describe-error.js';
import { type Logger } from './logging/logger.js';

const noticeMs = 3000;
const drainMs = 55_000;

/**
 * Stops in order: not ready any more → time for load balancers to notice → no new connections → what is in flight ends
 * → exit 0. A person's Ctrl-C needs no notice; a second signal does not wait any longer.
 *
 * @param starting may still be on its way: a signal that comes early is not lost
 * @param finish what else has to end, after everything in flight has
 */
export function drainOnSignal(
  starting: Promise<{ app: INestApplication }>,
  log: Logger,
  finish?: () => Promise<void>,
): void {
  let draining = false;
  const drain = async (signal: NodeJS.Signals) => {
    if (draining) process.exit(1);
    draining = true;
    const { app } = await starting;
    app.get(Readiness).state = 'draining';
    log.info({ signal }, 'draining');
    const deadline = setTimeout(() => {
      log.error({ drainMs }, 'drain took too long');
      process.exit(1);
    }, drainMs);
    if (signal === 'SIGTERM') await sleep(noticeMs);
    await app.close();
    await finish?.();
    clearTimeout(deadline);
    log.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      drain(signal).catch((error: unknown) => {
        log.error({ error: describeError(error) }, 'could not drain');
        process.exit(1);
      });
    });
  }
}
