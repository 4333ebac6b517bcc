import { createRequire } from 'node:module';
import { join } from 'node:path';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { type Processes, type Program } from '../machine/processes.js';
import { type RunningProcess } from '../machine/running-process.js';
import { redisUrl } from './redis.js';

const { scripts } = createRequire(import.meta.url)('#package.json') as { scripts: { start: string } };
/** The options of Node.js that `npm start` has. */
const startOptions = scripts.start.split(' ').filter((word) => word.startsWith('--'));

type Environment = Readonly<Record<string, string>>;

/** The sandbox, without limits and delays, so that the programs in front of it are measured. */
export const sandbox: Program = {
  name: 'sandbox',
  core: 'load',
  run: { script: '../sandbox/main.js' },
  env: (port) => ({
    SANDBOX_PORT: `${port}`,
    SANDBOX_RATE_LIMIT: '0',
    SANDBOX_ANY_ZONE: '1',
    // Answers must not change while they are compared.
    SANDBOX_DEPLOY_MS: '0',
  }),
};

export const bareFastify: Program = {
  name: 'bare Fastify',
  core: 'measured',
  run: { script: 'targets/bare.js' },
  env: (port) => ({ PORT: `${port}` }),
};

export const bareFastifyWithLog: Program = {
  ...bareFastify,
  env: (port) => ({ PORT: `${port}`, LOG_LEVEL: 'info' }),
  stdout: 'log',
};

export function forwarder({ origin }: RunningProcess): Program {
  return {
    name: 'bare forwarder',
    core: 'measured',
    run: { script: 'targets/forwarder.js' },
    env: (port) => ({ PORT: `${port}`, UPSTREAM: origin.href }),
  };
}

/** @param keptSeconds how long it keeps what it has read */
export function peer(name: 'apollo' | 'mercurius', { origin }: RunningProcess, keptSeconds: number): Program {
  return {
    name,
    core: 'measured',
    run: { script: `peers/${name}.js`, from: 'sources' },
    env: (port) => ({
      PORT: `${port}`,
      UPSTREAM: new URL('/client/v4', origin).href,
      KEPT_SECONDS: `${keptSeconds}`,
    }),
  };
}

/** The gateway as in production, without the log line of each request. */
export function gateway({ origin }: RunningProcess, env: Environment = {}): Program {
  return {
    name: 'gateway',
    core: 'measured',
    run: { script: '../src/main.js', options: startOptions, isProfiled: true },
    env: (port) => ({
      PORT: `${port}`,
      METRICS_PORT: '0',
      LOG_LEVEL: 'warn',
      CLOUDFLARE_BASE_URL: new URL('/client/v4', origin).href,
      ...env,
    }),
  };
}

/** The gateway with a line in a log file for each request, as by default. */
export function gatewayWithLog(upstream: RunningProcess, env: Environment): Program {
  return { ...gateway(upstream, { ...env, LOG_LEVEL: 'info' }), stdout: 'log' };
}

/** What a gateway needs for a Redis, which replicas share. */
export function sharing(redis: RunningProcess, { folder }: Processes): Environment {
  const keys = join(folder, 'keys.json');
  initKeyRing(keys);
  return { REDIS_URL: redisUrl(redis), KEYS_FILE: keys };
}

/** Lifetimes that outlast the measurement. */
export const keptForAnHour = 3600;
export const lifetimes: Environment = {
  CACHE_TTL_LIST_SECONDS: `${keptForAnHour}`,
  CACHE_TTL_ITEM_SECONDS: `${keptForAnHour}`,
};
