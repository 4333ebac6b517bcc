import { randomUUID } from 'node:crypto';
import { type CacheOutcome } from '../../domain/cloudflare/answer.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Change } from './change.js';
import { type Client } from './client.js';
import { type Identity } from './identity.js';

/** The outcome of one call upstream, for the log line of the request. */
export interface UpstreamOutcome {
  /** Null if the call ended without an answer. */
  readonly status: number | null;
  readonly cfRay: string | null;
}

/** How the answer to a read came about. */
export interface ReadOutcome {
  readonly call: Call;
  readonly cache: CacheOutcome;
}

/** A GraphQL operation, for the log line and the metrics of the request: never its variables. */
export interface GraphQLOperation {
  readonly name: string | null;
  /** SHA-256 of the document, hex. */
  readonly hash: string;
  /** As `Type.field`. */
  readonly deprecatedFields: readonly string[];
}

/** What its caller has left of the calls to Cloudflare, for the headers of the answer. */
export interface CallsLeft {
  readonly most: number;
  readonly windowSeconds: number;
  readonly left: number;
  readonly resetSeconds: number;
}

export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client has disconnected.');
  }
}

/** Also of a request that was refused before its token was verified. */
function notIdentified(): GatewayError {
  return new GatewayError('unauthenticated', 'The token of this request has not been verified.');
}

/** One request: the first argument of every service method. It can be made without HTTP. */
export class RequestContext {
  /** The change that the request makes; null for a read. */
  change: Change | null = null;
  /** Null over REST. */
  graphql: GraphQLOperation | null = null;
  /** Of every call upstream, in the order of their ends. */
  readonly upstreamOutcomes: UpstreamOutcome[] = [];
  /** Of every read, in the order of their ends. */
  readonly readOutcomes: ReadOutcome[] = [];
  /** Null until a call is counted whose count the caller is told. */
  callsLeft: CallsLeft | null = null;
  /** Why the request is above the limit of its caller; null if it is not; undefined until it is counted. */
  excess: GatewayError | null | undefined = undefined;
  /** On the clock of `performance.now()`. */
  readonly begunAt = performance.now();

  private begunReads: Map<string, Promise<unknown>> | null = null;
  private renewedAs: string | null = null;
  private identified: Identity | GatewayError | Promise<Identity | GatewayError> | null = null;
  private ending: AbortController | null = null;
  private isGone = false;

  /** @param deadline when reads that have not been answered end, on the clock of `performance.now()` */
  constructor(
    readonly requestId: string,
    readonly client: Client,
    readonly deadline = Infinity,
  ) {}

  /** The reads that this request has begun, by question: equal reads are made once. A change clears them. */
  get reads(): Map<string, Promise<unknown>> {
    return (this.begunReads ??= new Map());
  }

  /** Names what the cache stores for this request if the client wants no cached answer: all its reads are stored together. */
  get renewal(): string {
    return (this.renewedAs ??= randomUUID());
  }

  /** Finds out who makes the request, once. A promise only where a signature has to be verified: before, nothing else is done. */
  identify(): Identity | GatewayError | Promise<Identity | GatewayError> {
    this.identified ??= this.client.identify();
    if (!(this.identified instanceof Promise)) return this.identified;
    return this.identified.then((identity) => (this.identified = identity));
  }

  /** Who makes the request, or why that is not known. A request that needs to know waits for `identify` first. */
  get identity(): Identity | GatewayError {
    const identity = this.identify();
    if (identity instanceof Promise) return notIdentified();
    return identity;
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
