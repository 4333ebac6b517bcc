import { once } from 'node:events';
import { createServer } from 'node:net';
import { problemsIn, siftSettings, type SandboxSettings } from './settings.js';

type Address = Pick<SandboxSettings, 'host' | 'port'>;

/** The setting that keeps the sandbox from listening, and why; null if neither host nor port is the cause. */
export function listeningProblem(error: unknown, { host, port }: Address): [string, string] | null {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return ['SANDBOX_PORT', `${port} is taken on ${host}: choose another`];
    case 'EACCES':
      return ['SANDBOX_PORT', `${port} may not be used by this user: choose one above 1023`];
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'ENOTFOUND':
      return ['SANDBOX_HOST', `${host} is not an address of this machine`];
    default:
      return null;
  }
}

/**
 * The settings of a process that is about to start. Also tries to listen, because only the system knows whether it can.
 *
 * @throws SettingsError that lists every problem
 */
export async function checkedSettings(
  environment: Record<string, string | undefined> = process.env,
): Promise<SandboxSettings> {
  const { settings, problems } = siftSettings(environment);
  if (!problems.has('SANDBOX_HOST')) {
    // If the port is wrong, only the address is tried.
    const port = problems.has('SANDBOX_PORT') ? 0 : settings.port;
    const problem = await problemOfListening({ host: settings.host, port });
    if (problem !== null) problems.set(...problem);
  }
  if (problems.size > 0) throw problemsIn(problems);
  return settings;
}

/** Listens, and closes at once. */
async function problemOfListening(address: Address): Promise<[string, string] | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(address);
    await once(server, 'listening');
    await once(server.close(), 'close');
    return null;
  } catch (error) {
    const problem = listeningProblem(error, address);
    if (problem === null) throw error;
    return problem;
  }
}
