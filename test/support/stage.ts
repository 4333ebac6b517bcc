import { type SandboxSettings } from '../../sandbox/settings.js';
import { call, type CallOptions, type Reply } from './http.js';
import { startGateway, type RunningGateway } from './gateway.js';
import { startRecorder, type Exchange, type Recorder } from './recorder.js';
import { bearer } from './requests.js';
import { startSandbox, type RunningSandbox } from './sandbox.js';

export interface Stage extends AsyncDisposable {
  readonly gateway: RunningGateway;
  readonly recorder: Recorder;
  readonly sandbox: RunningSandbox;
  /** Asks the gateway, as somebody who may do everything unless the headers say otherwise. */
  ask(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** The only exchange with the sandbox there was. */
  onlyExchange(): Exchange;
}

/** Gateway → recorder → sandbox, new for every test that asks for it: `await using stage = await startStage()`. */
export async function startStage(settings: Partial<SandboxSettings> = {}): Promise<Stage> {
  const sandbox = await startSandbox(settings);
  const recorder = await startRecorder(sandbox.url);
  const gateway = await startGateway({ upstream: recorder.url });
  return {
    gateway,
    recorder,
    sandbox,
    ask: (method, path, options = {}) => call(gateway.base + path, method, { headers: bearer, ...options }),
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
