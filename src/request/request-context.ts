import { type IncomingHttpHeaders } from 'node:http';
import { canonicalAddress } from '../context/address.js';

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

export interface AuditedAt {
  readonly writer: string;
  readonly seq: number;
  readonly hash: string;
}

export interface Refusal {
  /** The gateway's kind of error, or `not_admitted` where it was Cloudflare. */
  readonly reason: string;
  readonly codes: readonly number[];
}

/** What is known of one request, passed as the first argument of every service method. */
export class RequestContext {
  /** Every call this request made upstream, in the order they ended. */
  readonly upstreamOutcomes: UpstreamOutcome[] = [];

  /** The reads this request has begun, by what they read: the same one is made once. A change ends them. */
  readonly reads = new Map<string, Promise<unknown>>();

  /** How its reads came about, in the order they ended: `hit`, `miss`, `stale`, `bypass`. */
  readonly cacheOutcomes: CacheOutcome[] = [];

  /** On the clock of `performance.now()`. */
  readonly begunAt = performance.now();

  /** Names the change that this request makes, in messages and logs; null for a read. */
  operationId: string | null = null;

  /** Where in the audit log the outcome of the change stands; null where there is none, or not yet. */
  audited: AuditedAt | null = null;

  /** Whether the change was made, or not, and the audit log could not be told in time. */
  isAuditPending = false;

  /** Why a change was refused before it was intended. */
  refusal: Refusal | null = null;

  /** Null over REST. */
  graphql: GraphQLOperation | null = null;

  constructor(
    readonly requestId: string,
    /** As received: only `access/` reads credentials in them. */
    readonly headers: IncomingHttpHeaders,
    /** Of the connection, as the socket spells it; empty where it is not known. */
    private readonly remoteAddress = '',
  ) {}

  /** The IP address of the caller, as `canonicalAddress` spells it; empty where it is not known. */
  get ip(): string {
    return canonicalAddress(this.remoteAddress);
  }

  /** Of Cloudflare's API, as the caller asks for it: another version may answer otherwise. Bounded when the request comes. */
  get apiVersion(): string | undefined {
    return this.headers['api-version'] as string | undefined;
  }

  /** Whether what is kept is not good enough for this request (RFC 9111 §5.2.1.4). */
  get wantsFresh(): boolean {
    return /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(this.headers['cache-control'] ?? '');
  }
}
