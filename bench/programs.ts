import { type Program, type RunningProcess } from './processes.js';

/** The sandbox, without limits and delays, so that the programs in front of it are measured. */
export const sandbox: Program = {
  name: 'sandbox',
  run: { script: '../sandbox/main.js' },
  env: (port) => ({
    SANDBOX_PORT: `${port}`,
    SANDBOX_RATE_LIMIT: '0',
    SANDBOX_ANY_ZONE: '1',
    // Answers must not change while they are compared.
    SANDBOX_DEPLOY_MS: '0',
  }),
};

export function forwarder({ origin }: RunningProcess): Program {
  return {
    name: 'forwarder',
    run: { script: './forwarder.js' },
    env: (port) => ({ PORT: `${port}`, UPSTREAM: origin.href }),
  };
}

export function plainGraphql({ origin }: RunningProcess): Program {
  return {
    name: 'plain GraphQL',
    run: { script: './plain-graphql.js' },
    env: (port) => ({ PORT: `${port}`, UPSTREAM: new URL('/client/v4', origin).href }),
  };
}

export function kept({ origin }: RunningProcess): Program {
  return {
    name: 'kept bytes',
    run: { script: './kept.js' },
    env: (port) => ({ PORT: `${port}`, UPSTREAM: origin.href }),
  };
}

/** The gateway as in production, without the log line of each request. */
export function gateway({ origin }: RunningProcess, env: Readonly<Record<string, string>> = {}): Program {
  return {
    name: 'gateway',
    run: { script: '../src/main.js' },
    isProfiled: true,
    env: (port) => ({
      PORT: `${port}`,
      METRICS_PORT: '0',
      LOG_LEVEL: 'warn',
      CLOUDFLARE_BASE_URL: new URL('/client/v4', origin).href,
      ...env,
    }),
  };
}
