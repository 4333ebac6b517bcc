import { createSandbox } from '../../../sandbox/app.js';
import { type FaultsInput } from '../../../sandbox/faults.js';
import { type CallName } from '../../../sandbox/operation.js';
import { type SandboxSettings } from '../../../sandbox/settings.js';

const verification: CallName = 'token.verify';

export interface RunningSandbox {
  /** What CLOUDFLARE_BASE_URL would be. */
  url: string;
  /** Operation name to number of calls, of those that were called: all on zones, which requests make. */
  calls(): Promise<Record<string, number>>;
  /** How often it was asked for the id of a token, which the gateway does beside the calls of a request. */
  verifications(): Promise<number>;
  /** Replaces every fault there is; without an argument there are none. */
  faults(faults?: FaultsInput): Promise<void>;
  reset(): Promise<void>;
  /** Moves the sandbox's clock on, for life cycles and the rate limit. Faults' delays are real time. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Certificates, deletions and voids take no time and nothing is limited, unless a test asks. */
export async function startSandbox(settings: Partial<SandboxSettings> = {}): Promise<RunningSandbox> {
  const sandbox = await createSandbox({
    port: 0,
    deployMs: 0,
    deleteMs: 0,
    voidMs: 0,
    rateLimit: 0,
    ...settings,
  });
  const url = await sandbox.listen();
  const post = (path: string, body: unknown) => control(url, 'POST', path, JSON.stringify(body));
  const counted = async () => {
    const counts = (await (await control(url, 'GET', 'calls')).json()) as Record<string, number>;
    const { [verification]: verifications = 0, ...calls } = counts;
    return { verifications, calls };
  };
  return {
    url,
    calls: async () => (await counted()).calls,
    verifications: async () => (await counted()).verifications,
    faults: async (faults = {}) => void (await post('faults', faults)),
    reset: async () => void (await post('reset', {})),
    advance: async (ms) => void (await post('clock', { advanceMs: ms })),
    close: () => sandbox.close(),
  };
}

async function control(url: string, method: string, path: string, body?: string): Promise<Response> {
  const target = new URL(`/__sandbox/${path}`, url);
  const response = await fetch(target, body === undefined ? { method } : { method, body });
  if (!response.ok) throw new Error(`${method} ${target.pathname}: ${await response.text()}`);
  return response;
}
