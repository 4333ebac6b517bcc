import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Program, type RunningProcess } from './processes.js';

/** Programs that run as a Redis server when `argv[0]` is redis-server. Debian's redis-tools has only the last. */
const names = ['redis-server', 'valkey-server', 'redis-check-rdb'];

/** @throws if the machine has none */
export function redis(): Program {
  return {
    name: 'Redis',
    run: {
      file: find(),
      argv0: 'redis-server',
      args: (port) => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''],
    },
    env: () => ({}),
  };
}

export function redisUrl({ origin }: RunningProcess): string {
  return `redis://${origin.host}`;
}

function find(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const file of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Try the next one.
    }
  }
  throw new Error('There is no redis-server in PATH. Debian, Ubuntu: apt-get install redis-tools');
}
