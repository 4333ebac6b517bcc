import { LRUCache } from 'lru-cache';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Operation } from '../../domain/cloudflare/operations.js';
import { whileLimitedSeconds } from '../../domain/cloudflare/verdict.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Metrics } from '../../platform/telemetry/metrics.js';
import { type Places } from '../cache/place.js';
import { type RequestContext } from '../request/request-context.js';
import { type RedisWindows } from './redis-windows.js';
import { mostCallers, type Taken, type Windows } from './windows.js';

/** As long as the window in which Cloudflare counts. */
export const windowSeconds = 5 * 60;

interface Parts {
  /** Counts for all replicas; null: this process counts alone. */
  readonly shared: Pick<RedisWindows, 'take' | 'isAway'> | null;
  /** With the share of this process, which holds while Redis is away. */
  readonly own: Windows;
  readonly places: Places;
  readonly metrics: Pick<Metrics, 'refusedByLimit'>;
  /** Whether answers say how much is left also where no call is refused. */
  readonly isTold: boolean;
  readonly now?: () => number;
}

/** Bounds the calls to Cloudflare that each caller makes with one credential. It is asked only where a call is about to be made. */
export class CallLimit {
  /** Until its window ends, a caller is refused without asking Redis. */
  private readonly usedUp = new LRUCache<string, Taken>({ max: mostCallers });

  constructor(private readonly parts: Parts) {}

  /**
   * Takes one call from the share of the caller.
   *
   * @throws GatewayError `rate_limited`
   */
  async take(ctx: RequestContext, credential: Credential, kind: Operation['kind']): Promise<void> {
    const { places, metrics, isTold } = this.parts;
    const taken = await this.count(places.callsOf(ctx, credential));
    const { isGranted, most, left, endsAt } = taken;
    const resetSeconds = Math.max(1, Math.ceil((endsAt - this.now()) / 1000));
    if (isTold || !isGranted) ctx.callsLeft = { most, windowSeconds, left, resetSeconds };
    if (isGranted) return;
    metrics.refusedByLimit('calls');
    throw refusal(kind, most, resetSeconds);
  }

  /** Whether it is known, without asking Redis, that the caller has no call left. */
  isUsedUp(ctx: RequestContext, credential: Credential): boolean {
    const { places, own, shared } = this.parts;
    const name = places.callsOf(ctx, credential);
    if (this.refused(name)) return true;
    return (shared === null || shared.isAway(name)) && own.isUsedUp(name);
  }

  private count(name: string): Taken | Promise<Taken> {
    const { shared, own } = this.parts;
    return shared ? (this.refused(name) ?? this.countTogether(shared, name)) : own.take(name);
  }

  /** What Redis grants is counted here too: if Redis is lost, a caller does not get the share of this process in addition. */
  private async countTogether(shared: Pick<RedisWindows, 'take'>, name: string): Promise<Taken> {
    const { own } = this.parts;
    const taken = await shared.take(name).catch(() => null);
    if (!taken) return own.take(name);
    if (taken.isGranted) own.note(name);
    else this.usedUp.set(name, taken);
    return taken;
  }

  private refused(name: string): Taken | null {
    const known = this.usedUp.get(name);
    return known && known.endsAt > this.now() ? known : null;
  }

  private now(): number {
    return this.parts.now?.() ?? performance.now();
  }
}

function refusal(kind: Operation['kind'], most: number, resetSeconds: number): GatewayError {
  const unchanged = kind === 'write' ? ' Nothing was changed.' : '';
  return new GatewayError(
    'rate_limited',
    `You have made the ${most} calls to Cloudflare that a caller may make in 5 minutes.${unchanged} Try again in ${resetSeconds} s.`,
    { headers: { 'retry-after': String(resetSeconds) }, staleForSeconds: whileLimitedSeconds },
  );
}
