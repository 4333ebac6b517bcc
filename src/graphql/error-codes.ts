import { type ErrorKind } from '../errors/gateway-error.js';

/** `extensions.code` of each kind of error of the gateway's own. */
export const codes: Record<ErrorKind, string> = {
  malformed_identifier: 'INVALID_INPUT',
  no_such_path: 'INVALID_INPUT',
  no_such_method: 'INVALID_INPUT',
  credentials_missing: 'UNAUTHENTICATED',
  credentials_malformed: 'UNAUTHENTICATED',
  private_key_in_certificate: 'INVALID_INPUT',
  body_not_json: 'INVALID_INPUT',
  body_too_large: 'INVALID_INPUT',
  content_type_unsupported: 'INVALID_INPUT',
  request_malformed: 'INVALID_INPUT',
  request_too_slow: 'INVALID_INPUT',
  expectation_failed: 'INVALID_INPUT',
  headers_too_large: 'INVALID_INPUT',
  cache_fence_unavailable: 'CACHE_FENCE_UNAVAILABLE',
  audit_unavailable: 'AUDIT_UNAVAILABLE',
  overloaded: 'OVERLOADED',
  too_many_calls: 'LIMIT_EXCEEDED',
  loop_detected: 'UPSTREAM_UNREACHABLE',
  upstream_unreachable: 'UPSTREAM_UNREACHABLE',
  upstream_invalid: 'UPSTREAM_INVALID',
  upstream_timeout: 'UPSTREAM_TIMEOUT',
  outcome_unknown: 'OUTCOME_UNKNOWN',
  internal: 'INTERNAL',
};

/** `extensions.code` of what Cloudflare refused. */
export function codeOfRefusal(status: number): string {
  if (status >= 500) return 'UPSTREAM_FAILED';
  const byStatus: Record<number, string> = {
    401: 'UNAUTHENTICATED',
    403: 'FORBIDDEN',
    404: 'NOT_FOUND',
    409: 'CONFLICT',
    429: 'RATE_LIMITED',
  };
  return byStatus[status] ?? 'REJECTED';
}
