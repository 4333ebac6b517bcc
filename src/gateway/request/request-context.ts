import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Change } from './change.js';
import { type Client } from './client.js';
import { type Identity } from './identity.js';

/** One answer from upstream, as the log line of the request tells it. */
export interface UpstreamOutcome {
  /** Null: the call ended without an answer. */
  readonly status: number | null;
  readonly cfRay: string | null;
}

/** How one read came about; `upstream/answer.ts` says what it means. */
export interface CacheOutcome {
  readonly how: string;
  readonly ageSeconds: number;
  readonly ttlSeconds: number | null;
}

/** A GraphQL operation, as the log line of the request tells it: never its variables. */
export interface GraphQLOperation {
  readonly name: string | null;
  /** SHA-256 of the document, hex. */
  readonly hash: string;
}

/** The client has disconnected: there is no one to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client has disconnected.');
  }
}

/** What is known of one request, passed as the first argument of every service method. HTTP is one way to make one. */
export class RequestContext {
  /** The change that the request makes; null for a read. */
  change: Change | null = null;

  /** Null over REST. */
  graphql: GraphQLOperation | null = null;

  /** Every call that this request made upstream, in the order they ended. */
  readonly upstreamOutcomes: UpstreamOutcome[] = [];

  /** How its reads came about, in the order they ended: `hit`, `miss`, `stale`, `bypass`. */
  readonly cacheOutcomes: CacheOutcome[] = [];

  /** The reads that this request has begun, by cache key: equal ones are made once. A change clears them. */
  readonly reads = new Map<string, Promise<unknown>>();

  /** On the clock of `performance.now()`. */
  readonly begunAt = performance.now();

  private identified: Identity | GatewayError | null = null;
  private ending: AbortController | null = null;
  private isGone = false;

  /** @param deadline when reads that have not been answered end, on the clock of `performance.now()` */
  constructor(
    readonly requestId: string,
    readonly client: Client,
    readonly deadline = Infinity,
  ) {}

  /** Who makes the request, or why that cannot be told. It is worked out once. */
  get identity(): Identity | GatewayError {
    return (this.identified ??= this.client.identify());
  }

  /**
   * Aborted when the client disconnects before it is answered (`ClientGone`), and at the deadline (`GatewayError`). Made when
   * it is first used: a hit waits for nothing.
   */
  get signal(): AbortSignal {
    if (!this.ending) {
      this.ending = new AbortController();
      if (this.isGone) this.ending.abort(new ClientGone());
      else if (this.deadline < Infinity) this.endAtDeadline(this.ending);
    }
    return this.ending.signal;
  }

  /** Called when the client has disconnected. */
  hangUp(): void {
    this.isGone = true;
    this.ending?.abort(new ClientGone());
  }

  private endAtDeadline(ending: AbortController): void {
    const late = () =>
      ending.abort(
        new GatewayError('upstream_timeout', 'The time for this request is over.', { retry: true }),
      );
    setTimeout(late, Math.max(0, this.deadline - performance.now())).unref();
  }
}
