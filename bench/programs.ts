import { type Program, type RunningProcess } from './processes.js';

/** Takes any zone at once and limits nothing, so that what is measured is what stands before it. */
export const sandbox: Program = {
  name: 'sandbox',
  run: { script: '../sandbox/main.js' },
  env: (port) => ({
    SANDBOX_PORT: `${port}`,
    SANDBOX_RATE_LIMIT: '0',
    SANDBOX_ANY_ZONE: '1',
    // So that answers do not change while they are compared.
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

/** Everything on as in production but the line that is logged for each request. */
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
