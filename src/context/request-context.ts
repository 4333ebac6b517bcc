import { type IncomingHttpHeaders } from 'node:http';

/** One answer from upstream, as the log line of the request tells it. */
export interface UpstreamOutcome {
  /** Null: the call ended without an answer. */
  readonly status: number | null;
  readonly cfRay: string | null;
}

/** What is known of one request, passed as the first argument of every service method. */
export class RequestContext {
  /** Every call this request made upstream, in the order they ended. */
  readonly upstreamOutcomes: UpstreamOutcome[] = [];

  /** On the clock of `performance.now()`. */
  readonly begunAt = performance.now();

  /** Names the change that this request makes, in messages and logs; null for a read. */
  operationId: string | null = null;

  constructor(
    readonly requestId: string,
    /** As received: only `access/` reads them. */
    readonly headers: IncomingHttpHeaders,
  ) {}
}
