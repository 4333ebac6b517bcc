import { type Clock } from './clock.js';

const WINDOW_MS = 5 * 60 * 1000;
/** Shown in the headers when the limit is off. */
const DOCUMENTED_LIMIT = 1_200;

interface Usage {
  windowEndsAt: number;
  calls: number;
  blocked: boolean;
}

interface Verdict {
  /** On every answer [docs changelog 2025-09-03]. */
  headers: Record<string, string>;
  /** Seconds until calls are answered again; undefined if this call is answered. */
  retryAfterSeconds?: number;
}

/** A fixed window for each user. A user who exceeds it is refused for the next five minutes [docs]. */
export class RateLimit {
  readonly #byUser = new Map<string, Usage>();

  constructor(
    private readonly limit: number,
    private readonly clock: Clock,
  ) {}

  /** @param user undefined for an unknown caller, who has no limit */
  charge(user: string | undefined): Verdict {
    if (this.limit === 0) return verdict(DOCUMENTED_LIMIT, DOCUMENTED_LIMIT, WINDOW_MS);
    if (user === undefined) return verdict(this.limit, this.limit, WINDOW_MS);
    const now = this.clock.now();
    const usage = this.#current(user, now);
    if (!usage.blocked && ++usage.calls > this.limit) {
      usage.blocked = true;
      usage.windowEndsAt = now + WINDOW_MS;
    }
    const leftMs = usage.windowEndsAt - now;
    if (!usage.blocked) return verdict(this.limit, this.limit - usage.calls, leftMs);
    return { ...verdict(this.limit, 0, leftMs), retryAfterSeconds: Math.ceil(leftMs / 1000) };
  }

  reset(): void {
    this.#byUser.clear();
  }

  #current(user: string, now: number): Usage {
    const usage = this.#byUser.get(user);
    if (usage !== undefined && now < usage.windowEndsAt) return usage;
    const fresh = { windowEndsAt: now + WINDOW_MS, calls: 0, blocked: false };
    this.#byUser.set(user, fresh);
    return fresh;
  }
}

function verdict(limit: number, left: number, leftMs: number): Verdict {
  return {
    headers: {
      ratelimit: `"default";r=${left};t=${Math.ceil(leftMs / 1000)}`,
      'ratelimit-policy': `"default";q=${limit};w=${WINDOW_MS / 1000}`,
    },
  };
}
