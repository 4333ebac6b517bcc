import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Program, type RunningProcess } from './processes.js';

/** The programs that become a Redis server where they are called so: Debian's redis-tools has the last alone. */
const names = ['redis-server', 'valkey-server', 'redis-check-rdb'];

/** @throws where the machine has none */
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
      // The next one.
    }
  }
  throw new Error('There is no redis-server in PATH. Debian, Ubuntu: apt-get install redis-tools');
}
