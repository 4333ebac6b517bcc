import { type SandboxSettings } from '../../../sandbox/settings.js';
import { type Settings } from '../../../src/platform/config/settings.js';
import { type RunningGateway, startGateway } from '../gateway/gateway.js';
import { call, type CallOptions, type Reply } from '../http/http.js';
import { bearer } from '../http/requests.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';

/** Nothing ends while a test runs; but for five minutes after a change everything does within five seconds. */
export const longLifetimes = {
  CACHE_TTL_LIST_SECONDS: 600,
  CACHE_TTL_ITEM_SECONDS: 600,
  CACHE_TTL_PENDING_SECONDS: 600,
  CACHE_TTL_NOT_FOUND_SECONDS: 600,
};

/** Somebody else with the same rights as `bearer`. */
export const otherBearer = { authorization: 'Bearer sandbox-token-read-write-abc' };
/** Nobody whom Cloudflare knows. */
export const strangerBearer = { authorization: 'Bearer made-up' };

export interface CachingStage extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly sandbox: RunningSandbox;
  /** Asks the gateway over REST, as somebody who may do everything unless the headers say otherwise. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Asks the sandbox itself: a change that the gateway does not know of. */
  behindItsBack(method: string, path: string, body?: unknown): Promise<Reply>;
}

/** Gateway → sandbox, with a cache in memory. */
export async function startCaching(
  settings: Partial<Settings> = {},
  sandboxSettings: Partial<SandboxSettings> = {},
): Promise<CachingStage> {
  const sandbox = await startSandbox(sandboxSettings);
  const gateway = await startGateway({ upstream: sandbox.url, ...longLifetimes, ...settings });
  return {
    gateway,
    sandbox,
    ask: (method, path, options = {}) => call(gateway.base + path, method, { headers: bearer, ...options }),
    behindItsBack: (method, path, body) => call(sandbox.url + path, method, { headers: bearer, body }),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await sandbox.close();
    },
  };
}
