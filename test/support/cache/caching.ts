import { type SandboxSettings } from '../../../sandbox/settings.js';
import { type Settings } from '../../../src/platform/config/settings.js';
import { type RunningGateway, startGateway } from '../gateway/gateway.js';
import { call, type CallOptions, type Reply } from '../http/http.js';
import { bearer } from '../http/requests.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';

/** No lifetime ends while a test runs. Within five minutes after a change, each ends after five seconds. */
export const longLifetimes = {
  CACHE_TTL_LIST_SECONDS: 600,
  CACHE_TTL_ITEM_SECONDS: 600,
  CACHE_TTL_PENDING_SECONDS: 600,
  CACHE_TTL_NOT_FOUND_SECONDS: 600,
};

/** Another credential with the same rights as `bearer`. */
export const otherBearer = { authorization: 'Bearer sandbox-token-read-write-abc' };
/** A credential that Cloudflare does not know. */
export const strangerBearer = { authorization: 'Bearer made-up' };

export interface CachingStage extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly sandbox: RunningSandbox;
  /** Asks the gateway over REST, with all rights unless the headers have another credential. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Asks the sandbox directly: a change that the gateway does not see. */
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
