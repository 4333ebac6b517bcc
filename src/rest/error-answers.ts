import { type ErrorKind, type GatewayError } from '../errors/gateway-error.js';

interface ErrorAnswer {
  readonly status: number;
  /** The integer in Cloudflare's envelope: Cloudflare's own where it has one, else 99xxx. */
  readonly code: number;
  /** What Cloudflare's envelope has behind the first error. */
  readonly next?: { readonly code: number; readonly message: string };
  /** `x-should-retry`, which the official SDKs obey; null where the error itself knows. */
  readonly retry: boolean | null;
}

/** How each kind of error is answered over REST. */
const answers: Record<ErrorKind, ErrorAnswer> = {
  malformed_identifier: { status: 400, code: 7003, retry: false },
  // As Cloudflare answers it. Not 404: Terraform forgets a resource of which that is the answer.
  no_such_path: {
    status: 400,
    code: 7003,
    next: { code: 7000, message: 'No route for that URI' },
    retry: false,
  },
  no_such_method: { status: 405, code: 99005, retry: false },
  credentials_missing: { status: 400, code: 9106, retry: false },
  credentials_malformed: { status: 400, code: 6003, retry: false },
  private_key_in_certificate: { status: 400, code: 99001, retry: false },
  body_not_json: { status: 400, code: 99002, retry: false },
  body_too_large: { status: 413, code: 99003, retry: false },
  content_type_unsupported: { status: 415, code: 99004, retry: false },
  request_malformed: { status: 400, code: 99006, retry: false },
  request_too_slow: { status: 408, code: 99006, retry: false },
  expectation_failed: { status: 417, code: 99006, retry: false },
  headers_too_large: { status: 431, code: 99003, retry: false },
  cache_fence_unavailable: { status: 503, code: 99030, retry: true },
  audit_unavailable: { status: 503, code: 99031, retry: true },
  overloaded: { status: 503, code: 99041, retry: true },
  too_many_calls: { status: 400, code: 99006, retry: false },
  loop_detected: { status: 508, code: 99023, retry: false },
  upstream_unreachable: { status: 502, code: 99020, retry: null },
  upstream_invalid: { status: 502, code: 99021, retry: null },
  upstream_timeout: { status: 504, code: 99022, retry: null },
  outcome_unknown: { status: 504, code: 99032, retry: false },
  internal: { status: 500, code: 99099, retry: false },
};

export interface RestError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The integers in the envelope. */
  readonly codes: readonly number[];
}

/** When the gateway itself may be asked again: SDKs wait up to a minute where they are not told. */
const againInSeconds = '1';

/** An error in Cloudflare's envelope, so that the SDKs raise what they would raise for Cloudflare's own. */
export function restErrorOf({ kind, message, details }: GatewayError): RestError {
  const { status, code, next, retry } = answers[kind];
  const shouldRetry = details.retry ?? retry;
  const first = { code, message, ...(details.errorChain && { error_chain: details.errorChain }) };
  const own = next ? [first, next] : [first];
  return {
    status: details.status ?? status,
    codes: own.map((error) => error.code),
    headers: {
      ...(status === 503 && shouldRetry !== false && { 'retry-after': againInSeconds }),
      ...details.headers,
      ...(shouldRetry !== null && { 'x-should-retry': String(shouldRetry) }),
      ...(details.allow && { allow: details.allow.join(', ') }),
    },
    body: Buffer.from(
      JSON.stringify({
        success: false,
        errors: [...own, ...(details.reasons ?? [])],
        // Cloudflare leaves both out where a request carries no credential.
        ...(kind !== 'credentials_missing' && { messages: [], result: null }),
      }),
    ),
  };
}
