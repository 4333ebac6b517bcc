import { Redis } from 'ioredis';
import { type Program } from '../machine/processes.js';
import { type RunningProcess } from '../machine/running-process.js';

export function redis(file: string): Program {
  return {
    name: 'Redis',
    core: 'load',
    run: {
      file,
      argv0: 'redis-server',
      args: (port) => ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''],
    },
  };
}

export function redisUrl({ origin }: RunningProcess): string {
  return `redis://${origin.host}`;
}

/** `total_commands_processed` of INFO, which counts a script and also each command that it calls. */
export async function commandsOf(process: RunningProcess): Promise<number> {
  const redis = new Redis(redisUrl(process), {
    lazyConnect: true,
    // Its own commands would be counted.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  try {
    await redis.connect();
    return Number(/^total_commands_processed:(\d+)/m.exec(await redis.info('stats'))?.[1]);
  } finally {
    redis.disconnect();
  }
}
