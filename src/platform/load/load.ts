import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { GatewayError } from '../errors/gateway-error.js';
import { Metrics } from '../telemetry/metrics.js';
import { LoopDelay } from './loop-delay.js';

/** Of the requests that may be in flight, reads may be refused above this part: the others are for changes. */
const partForReads = 0.8;

/**
 * Of the event loop. 1,000 callers of hits, as many as the process can answer, delay it by up to 40 ms. A change takes some ten turns of
 * the loop: at a second each, its call may reach its limit of 10 s, and then it is not known whether the change was made.
 */
const mostDelayMs = { read: 250, write: 1000 } as const;

export type Kind = keyof typeof mostDelayMs;

type Bounds = Readonly<Record<Kind, number>>;

/** What the process has to do, and what it refuses because it has too much to do: reads before changes. */
@Injectable()
export class Load implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Requests that have arrived and whose answer is not taken yet. */
  inFlight = 0;

  private readonly mostInFlight: Bounds;

  constructor(
    @Inject(SETTINGS) { MAX_REQUESTS_IN_FLIGHT: most }: Pick<Settings, 'MAX_REQUESTS_IN_FLIGHT'>,
    private readonly metrics: Metrics,
    private readonly delay: LoopDelay,
  ) {
    this.mostInFlight = { read: Math.floor(most * partForReads), write: most };
    metrics.watchLoad(() => ({ inFlight: this.inFlight, delayMs: delay.ms }));
  }

  onApplicationBootstrap(): void {
    this.delay.start();
  }

  onApplicationShutdown(): void {
    this.delay.stop();
  }

  /** Whether reads are refused now. While they are not, changes are not refused either. */
  get isHigh(): boolean {
    return this.reason('read') !== null;
  }

  /** The refusal of a request of this kind that has arrived, which is counted; null if the request may go on. */
  refusal(kind: Kind): GatewayError | null {
    const reason = this.reason(kind);
    if (!reason) return null;
    this.metrics.shed(kind, reason);
    const nothing = kind === 'write' ? ' Nothing was changed.' : '';
    return new GatewayError('overloaded', `${messages[reason]}${nothing} Try again in a second.`, {
      headers: { 'retry-after': '1' },
    });
  }

  private reason(kind: Kind): keyof typeof messages | null {
    if (this.inFlight > this.mostInFlight[kind]) return 'requests';
    return this.delay.ms > mostDelayMs[kind] ? 'delay' : null;
  }
}

const messages = {
  requests: 'Too many requests are in progress.',
  delay: 'The gateway has more to do than it can.',
} as const;
