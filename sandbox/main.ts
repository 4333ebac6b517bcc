import { createSandbox } from './app.js';
import { readSettings, SettingsError } from './settings.js';

try {
  const sandbox = await createSandbox(readSettings());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit()));
  }
  const url = await sandbox.listen();
  process.stdout.write(`${JSON.stringify({ msg: 'sandbox listening', url })}\n`);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
