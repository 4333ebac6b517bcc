import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { type Settings } from '../../../platform/config/settings.js';

type Addresses = Partial<Pick<Settings, 'HOST' | 'PORT' | 'METRICS_HOST' | 'METRICS_PORT'>>;

interface Names {
  readonly host: 'HOST' | 'METRICS_HOST';
  readonly port: 'PORT' | 'METRICS_PORT';
}

export const listeners: readonly Names[] = [
  { host: 'HOST', port: 'PORT' },
  { host: 'METRICS_HOST', port: 'METRICS_PORT' },
];

/** The setting that prevents a server from listening, and why; null if it is neither its address nor its port. */
export function listeningProblem(error: unknown, names: Names, settings: Addresses): [string, string] | null {
  const port = `${settings[names.port]}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return [names.port, `${port} is taken: choose another port`];
    case 'EACCES':
      return [
        names.port,
        `${port} needs privileges that this process does not have: choose a port from 1024 up`,
      ];
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'ENOTFOUND':
      return [names.host, `${settings[names.host]} is not a name or address of this machine`];
    default:
      return null;
  }
}

/** Problems by the name of the setting. Listens briefly: only the system knows which addresses and ports are available. */
export async function listeningProblems(settings: Addresses): Promise<Map<string, string>> {
  const problems = new Map<string, string>();
  // Both stay open until both were tried: they may name the same port.
  const servers: Server[] = [];
  for (const names of listeners) {
    const host = settings[names.host];
    if (host === undefined) continue;
    const server = createServer((socket) => socket.destroy());
    try {
      server.listen({ host, port: settings[names.port] ?? 0 });
      await once(server, 'listening');
      servers.push(server);
    } catch (error) {
      const problem = listeningProblem(error, names, settings);
      if (problem) problems.set(...problem);
    }
  }
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return problems;
}
