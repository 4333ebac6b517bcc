import { afterAll } from '@jest/globals';
import { type SandboxSettings } from '../../../sandbox/settings.js';
import { type Settings } from '../../../src/platform/config/settings.js';
import { type RunningGateway, startGateway } from '../gateway/gateway.js';
import { call, type CallOptions, type Reply } from '../http/http.js';
import { bearer } from '../http/requests.js';
import { type RunningSandbox, startSandbox } from '../upstream/sandbox.js';

/** No entry expires while a test runs, except after a change of its zone: for five minutes entries then live for 5 s. */
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
  /** The credential of `ask`, and another one with the same rights. */
  readonly bearer: typeof bearer;
  readonly otherBearer: typeof bearer;
  /** Calls the gateway over REST with a credential that may do everything, unless the options name another. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Calls the sandbox itself: a change that does not go through the gateway. */
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
    bearer,
    otherBearer,
    ask: (method, path, options = {}) => call(gateway.base + path, method, { headers: bearer, ...options }),
    behindItsBack: (method, path, body) => call(sandbox.url + path, method, { headers: bearer, body }),
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await sandbox.close();
    },
  };
}

/** One stage for the tests of a file, each with a sandbox that is reset, and with credentials of its own. */
export function sharedCaching(settings: Partial<Settings> = {}): () => Promise<CachingStage> {
  let shared: Promise<CachingStage> | undefined;
  let times = 0;
  afterAll(async () => await (await shared)?.[Symbol.asyncDispose]());
  return async () => {
    const stage = await (shared ??= startCaching(settings));
    await stage.sandbox.reset();
    times += 1;
    const own = { authorization: `${bearer.authorization}-${times}` };
    return {
      ...stage,
      gateway: { ...stage.gateway, bearer: own },
      bearer: own,
      otherBearer: { authorization: `${otherBearer.authorization}${times}` },
      ask: (method, path, options = {}) => stage.ask(method, path, { headers: own, ...options }),
      behindItsBack: (method, path, body) => call(stage.sandbox.url + path, method, { headers: own, body }),
    };
  };
}
