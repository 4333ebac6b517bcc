import { checkedSettings } from './check-settings.js';
import { misspeltSettings, SettingsError } from './platform/config/settings.js';
import { drainOnSignal } from './drain.js';
import { createLogger } from './platform/telemetry/logger.js';
import { boundHeap, releaseStartMemory } from './heap.js';
import { start } from './start.js';
import { watchLog } from './watch-log.js';

// Sent when a file reaches its size limit. With a listener the write fails as on a full disk, and the process continues.
process.on('SIGXFSZ', () => undefined);

boundHeap();

let untold = misspeltSettings();
try {
  const settings = await checkedSettings();
  const log = createLogger(settings);
  for (const sentence of untold) log.warn(sentence);
  untold = [];
  const starting = start(settings, log);
  drainOnSignal(starting, log);
  watchLog((await starting).app);
  releaseStartMemory();
} catch (error) {
  // A problem of settings is shown without a stack. Anything else is a defect, and its stack says where.
  const lines = error instanceof SettingsError ? [error.message, ...untold] : [(error as Error).stack];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}
