/**
 * Everything that the gateway itself can refuse or fail with. The list is closed: each transport maps every kind
 * once (`rest/error-answers.ts`). What Cloudflare refuses is not in it: that is an answer, and is passed on.
 */
export type ErrorKind =
  | 'malformed_identifier'
  | 'no_such_path'
  | 'no_such_method'
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'private_key_in_certificate'
  | 'body_not_json'
  | 'body_too_large'
  | 'content_type_unsupported'
  | 'request_malformed'
  | 'request_too_slow'
  | 'expectation_failed'
  | 'headers_too_large'
  | 'cache_fence_unavailable'
  | 'audit_unavailable'
  | 'overloaded'
  | 'too_many_calls'
  | 'loop_detected'
  | 'upstream_unreachable'
  | 'upstream_invalid'
  | 'upstream_timeout'
  | 'outcome_unknown'
  | 'internal';

/** What an answer says without its text. */
export interface Said {
  readonly status: number;
  /** Cloudflare's, in the order they came. */
  readonly codes: readonly number[];
}

export interface ErrorDetails {
  readonly cause?: unknown;
  /** The change that may have been made. */
  readonly operationId?: string | null;
  /** Cloudflare's reasons, which are shown behind the gateway's own. */
  readonly reasons?: readonly { code: number | null; message: string }[];
  /** Cloudflare's `error_chain`: the reasons behind the reason. */
  readonly errorChain?: readonly { code: number; message: string }[];
  /** The methods that the path does take. */
  readonly allow?: readonly string[];
  /** Upstream's own status, where its answer could not be passed on but its status can. */
  readonly status?: number;
  /** What upstream's answer said, where it could not be passed on: left out where there was none that could be read. */
  readonly answered?: Said;
  /** How old the last known answer may be, in seconds, to stand in for this failure (RFC 5861 §4). Left out: it may not. */
  readonly staleForSeconds?: number;
  /** Headers of upstream's answer that stay true of this one: `retry-after`, `cf-ray`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the same request may be sent again at once. Left out: the kind decides. */
  readonly retry?: boolean;
}

/** The message is shown to the caller: it says what happened and what to do, and never holds a value that was sent. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';

  constructor(
    readonly kind: ErrorKind,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
  }
}
