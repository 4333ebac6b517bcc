import { refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';
import { retryUntil } from '../../platform/context/deadline.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { type CacheStore, type Intent, intentLivesMs } from './store/store.js';

/** Stands between a change and the reads of its zone. */
export interface Fence {
  /**
   * Called with the outcome of the change. After `outcome_unknown` the change may still be made: the fence stays up until its
   * intent expires. If Cloudflare refused the credential, nothing has changed, and the entries from before are valid again.
   */
  lower(outcome: unknown): Promise<void>;
}

const endBeforeAnswerMs = 2000;
const endAgainMs = 50;

/**
 * @param rule `relaxed`: without a fence if it cannot be raised
 * @throws StoreUnavailable if it cannot be raised: then the change may not be sent
 */
export async function raiseFence(
  store: CacheStore,
  rule: 'strict' | 'relaxed',
  zone: string,
): Promise<Fence> {
  try {
    const intent = await store.begin(zone);
    return { lower: (outcome) => lower(store, intent, outcome) };
  } catch (error) {
    if (rule === 'relaxed' && error instanceof StoreUnavailable) return noFence;
    throw error;
  }
}

/** Retries for 2 s before the answer, then in the background. An intent that cannot be ended expires. */
async function lower(store: CacheStore, intent: Intent, outcome: unknown): Promise<void> {
  if (outcome instanceof GatewayError && outcome.kind === 'outcome_unknown') return;
  const isRefused = refusalIn(saidBy(outcome)) !== null;
  const end = () => (isRefused ? store.lift(intent) : store.end(intent));
  const endedAt = performance.now();
  try {
    await retryUntil(endedAt + endBeforeAnswerMs, endAgainMs, end);
  } catch {
    retryUntil(endedAt + intentLivesMs, endAgainMs, end).catch(() => undefined);
  }
}

const noFence: Fence = { lower: () => Promise.resolve() };
