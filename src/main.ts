import { readSettings, SettingsError } from './config/settings.js';
import { drainOnSignal } from './drain.js';
import { createLogger } from './logging/logger.js';
import { start } from './start.js';

try {
  const settings = readSettings();
  const log = createLogger(settings);
  const starting = start(settings, log);
  drainOnSignal(starting, log);
  await starting;
} catch (error) {
  // Settings are for whoever typed them; anything else is a defect, and says where it is.
  process.stderr.write(`${error instanceof SettingsError ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
