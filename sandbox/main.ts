import { createSandbox } from './app.js';
import { checkedSettings } from './listening.js';
import { SettingsError, unknownSettings } from './settings.js';

try {
  for (const sentence of unknownSettings()) process.stderr.write(`${sentence}\n`);
  const sandbox = await createSandbox(await checkedSettings());
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
