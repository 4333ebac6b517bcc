import { afterAll } from '@jest/globals';
import { type SandboxSettings } from '../../../sandbox/settings.js';
import { call, type CallOptions, type Reply } from '../http/http.js';
import { admitAt, startGateway, type GatewayOptions, type RunningGateway } from './gateway.js';
import { startRecorder, type Exchange, type Recorder } from '../upstream/recorder.js';
import { bearer, globalLevelOf } from '../http/requests.js';
import { startSandbox, type RunningSandbox } from '../upstream/sandbox.js';

export interface Stage extends AsyncDisposable {
  readonly gateway: RunningGateway;
  /** As whom `ask` asks. */
  readonly bearer: typeof bearer;
  readonly recorder: Recorder;
  /** Its calls are those since the last `admit`. */
  readonly sandbox: RunningSandbox;
  /** Asks the gateway, as somebody who may do everything unless the headers say otherwise. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Has the credential accepted, as any change within the next 30 s needs it, and forgets what that took. */
  admit(headers?: CallOptions['headers']): Promise<void>;
  /** The only exchange with the sandbox there was, since the last `admit`. */
  onlyExchange(): Exchange;
}

/** Gateway → recorder → sandbox, new for every test that asks for it: `await using stage = await startStage()`. */
export async function startStage(
  settings: Partial<SandboxSettings> = {},
  gatewaySettings: Omit<GatewayOptions, 'upstream'> = {},
): Promise<Stage> {
  const sandbox = await startSandbox(settings);
  const recorder = await startRecorder(sandbox.url);
  const gateway = await startGateway({ ...gatewaySettings, upstream: recorder.url });
  let forgotten: Record<string, number> = {};
  return {
    gateway,
    bearer,
    recorder,
    sandbox: {
      ...sandbox,
      calls: async () => difference(await sandbox.calls(), forgotten),
      reset: async () => {
        await sandbox.reset();
        forgotten = {};
      },
    },
    ask: (method, path, options = {}) => call(gateway.base + path, method, { headers: bearer, ...options }),
    admit: async (headers) => {
      await admitAt(gateway, headers);
      await admitAt(gateway, headers, globalLevelOf());
      recorder.forget();
      forgotten = await sandbox.calls();
    },
    onlyExchange: () => {
      const [first, ...others] = recorder.exchanges;
      if (!first || others.length > 0) {
        throw new Error(`There were ${recorder.exchanges.length} exchanges, not one`);
      }
      return first;
    },
    [Symbol.asyncDispose]: async () => {
      await gateway.close();
      await recorder.close();
      await sandbox.close();
    },
  };
}

/**
 * One stage for all the tests of a file, with a sandbox and a recorder as new and a credential of its own each time, since
 * the gateway remembers which credentials were accepted.
 */
export function sharedStage(...settings: Parameters<typeof startStage>): () => Promise<Stage> {
  let shared: Promise<Stage> | undefined;
  let times = 0;
  afterAll(async () => await (await shared)?.[Symbol.asyncDispose]());
  return async () => {
    const stage = await (shared ??= startStage(...settings));
    await stage.sandbox.reset();
    stage.recorder.forget();
    times += 1;
    const own = { authorization: `${bearer.authorization}-${times}` };
    return {
      ...stage,
      gateway: { ...stage.gateway, bearer: own },
      bearer: own,
      ask: (method, path, options = {}) => stage.ask(method, path, { headers: own, ...options }),
      admit: (headers = own) => stage.admit(headers),
    };
  };
}

function difference(counts: Record<string, number>, less: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts)
      .map(([name, count]) => [name, count - (less[name] ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}
