import { LRUCache } from 'lru-cache';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Metrics } from '../../platform/telemetry/metrics.js';
import { type Places } from '../cache/place.js';
import { type RequestContext } from '../request/request-context.js';
import { mostCallers } from './windows.js';

interface Bucket {
  left: number;
  filledAt: number;
}

/**
 * Bounds the requests of each caller at this process, hits included. A token bucket: it costs a hit two look-ups, and neither
 * a hash nor a promise.
 */
export class RequestLimit {
  private readonly buckets = new LRUCache<string, Bucket>({ max: mostCallers });

  /** @param mostPerSecond also the most at once */
  constructor(
    private readonly mostPerSecond: number,
    private readonly places: Places,
    private readonly metrics: Pick<Metrics, 'refusedByLimit'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Counts a request whose sender is known, once. Returns the refusal if it is above the limit. */
  refusalOf(ctx: RequestContext): GatewayError | null {
    if (ctx.excess !== undefined) return ctx.excess;
    const { identity } = ctx;
    if (identity instanceof GatewayError) return null;
    const name = identity.kind === 'principal' ? identity.id : this.places.credential(identity.credential);
    ctx.excess = this.take(name) ? null : this.refusal();
    return ctx.excess;
  }

  private take(name: string): boolean {
    const now = this.now();
    const bucket = this.buckets.get(name);
    if (!bucket) {
      this.buckets.set(name, { left: this.mostPerSecond - 1, filledAt: now });
      return true;
    }
    const filled = bucket.left + ((now - bucket.filledAt) * this.mostPerSecond) / 1000;
    bucket.left = Math.min(this.mostPerSecond, filled);
    bucket.filledAt = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }

  private refusal(): GatewayError {
    this.metrics.refusedByLimit('requests');
    const message = `You send more than the ${this.mostPerSecond} requests that a caller may send in a second. Try again in 1 s.`;
    return new GatewayError('rate_limited', message, { headers: { 'retry-after': '1' } });
  }
}
