import { createSandbox, type Sandbox } from './app.js';
import { readSettings, SettingsError } from './settings.js';

try {
  const settings = readSettings();
  const sandbox = await createSandbox(settings);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(sandbox));
  const url = await sandbox.listen().catch((error: unknown) => {
    throw toSettingsError(error, settings);
  });
  process.stdout.write(`${JSON.stringify({ msg: 'sandbox listening', url })}\n`);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function stop(sandbox: Sandbox): Promise<void> {
  await sandbox.close();
  process.exit();
}

function toSettingsError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'EADDRINUSE':
      return new SettingsError(`SANDBOX_PORT ${port} is taken on ${host}: choose another`);
    case 'EACCES':
      return new SettingsError(`SANDBOX_PORT ${port} may not be used by this user: choose one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new SettingsError(`SANDBOX_HOST ${host} is not an address of this machine`);
    default:
      return error;
  }
}
