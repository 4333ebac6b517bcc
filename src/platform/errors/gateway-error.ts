interface KindFacts {
  /** Of the answer over REST. */
  readonly status: number;
  /** The integer in Cloudflare's envelope: Cloudflare's own if it has one for this, else 99xxx. */
  readonly code: number;
  /** The second error of the envelope, where Cloudflare has one. */
  readonly next?: { readonly code: number; readonly message: string };
  /** `extensions.code` over GraphQL. */
  readonly graphql: string;
  /** `x-should-retry`, which the official SDKs obey; null where the error itself decides. */
  readonly retry: boolean | null;
  /** Whether it is logged: a failure of the gateway or of Cloudflare, in contrast to a refusal of the request. */
  readonly isFailure: boolean;
}

const refusal = (status: number, code: number, graphql: string): KindFacts => ({
  status,
  code,
  graphql,
  retry: false,
  isFailure: false,
});

const failure = (status: number, code: number, graphql: string, retry: boolean | null): KindFacts => ({
  ...refusal(status, code, graphql),
  retry,
  isFailure: true,
});

/** Every error of the gateway itself, and how each face shows it. A refusal of Cloudflare is an answer, and is passed on. */
export const errorKinds = {
  malformed_identifier: refusal(400, 7003, 'INVALID_INPUT'),
  // As Cloudflare answers it. Not 404: Terraform drops a resource from its state at a 404.
  no_such_path: {
    ...refusal(400, 7003, 'INVALID_INPUT'),
    next: { code: 7000, message: 'No route for that URI' },
  },
  no_such_method: refusal(405, 99005, 'INVALID_INPUT'),
  credentials_missing: refusal(400, 9106, 'UNAUTHENTICATED'),
  credentials_malformed: refusal(400, 6003, 'UNAUTHENTICATED'),
  unauthenticated: refusal(401, 99010, 'UNAUTHENTICATED'),
  forbidden: refusal(403, 99011, 'FORBIDDEN'),
  issuer_unavailable: failure(503, 99013, 'ISSUER_UNAVAILABLE', true),
  private_key_in_certificate: refusal(400, 99001, 'INVALID_INPUT'),
  body_not_json: refusal(400, 99002, 'INVALID_INPUT'),
  body_too_large: refusal(413, 99003, 'INVALID_INPUT'),
  content_type_unsupported: refusal(415, 99004, 'INVALID_INPUT'),
  body_compressed: refusal(415, 99004, 'INVALID_INPUT'),
  request_malformed: refusal(400, 99006, 'INVALID_INPUT'),
  request_too_slow: refusal(408, 99006, 'INVALID_INPUT'),
  expectation_failed: refusal(417, 99006, 'INVALID_INPUT'),
  headers_too_large: refusal(431, 99003, 'INVALID_INPUT'),
  cache_fence_unavailable: failure(503, 99030, 'CACHE_FENCE_UNAVAILABLE', true),
  audit_unavailable: failure(503, 99031, 'AUDIT_UNAVAILABLE', true),
  // No failure: a log line for each refused request would add to the load.
  overloaded: { ...refusal(503, 99041, 'OVERLOADED'), retry: true },
  // No failure, for the same reason.
  rate_limited: { ...refusal(429, 99040, 'RATE_LIMITED'), retry: true },
  too_many_calls: refusal(400, 99006, 'LIMIT_EXCEEDED'),
  loop_detected: failure(508, 99023, 'UPSTREAM_UNREACHABLE', false),
  upstream_unreachable: failure(502, 99020, 'UPSTREAM_UNREACHABLE', null),
  upstream_invalid: failure(502, 99021, 'UPSTREAM_INVALID', null),
  upstream_credential_unusable: failure(502, 99024, 'UPSTREAM_CREDENTIAL_UNUSABLE', null),
  upstream_timeout: failure(504, 99022, 'UPSTREAM_TIMEOUT', null),
  outcome_unknown: failure(504, 99032, 'OUTCOME_UNKNOWN', false),
  internal: failure(500, 99099, 'INTERNAL', false),
} satisfies Record<string, KindFacts>;

export type ErrorKind = keyof typeof errorKinds;

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
  /** The permission that the refused operation needs: left out where Cloudflare refused it for another reason. */
  readonly requiredPermission?: string | null;
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
