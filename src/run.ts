import { checkedSettings } from './check-settings.js';
import { misspeltSettings, SettingsError } from './config/settings.js';
import { drainOnSignal } from './drain.js';
import { createLogger } from './logging/logger.js';
import { start } from './start.js';
import { watchLog } from './watch-log.js';

// A file that may not grow: the write fails, as it does on a full disk, and the process goes on.
process.on('SIGXFSZ', () => undefined);

let untold = misspeltSettings();
try {
  const settings = await checkedSettings();
  const log = createLogger(settings);
  for (const sentence of untold) log.warn(sentence);
  untold = [];
  const starting = start(settings, log);
  drainOnSignal(starting, log);
  watchLog((await starting).app);
} catch (error) {
  // Settings are for whoever typed them; anything else is a defect, and says where it is.
  const lines = error instanceof SettingsError ? [error.message, ...untold] : [(error as Error).stack];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}
