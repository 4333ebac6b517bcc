import { errorKinds, type GatewayError } from '../../platform/errors/gateway-error.js';

export interface RestError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The integers in the envelope. */
  readonly codes: readonly number[];
}

/** `Retry-After` of the gateway itself: without one, SDKs wait up to a minute. */
const againInSeconds = '1';

/** An error in Cloudflare's envelope, so that the SDKs raise what they would raise for Cloudflare's own. */
export function restErrorOf({ kind, message, details }: GatewayError): RestError {
  const { status, code, next, retry } = errorKinds[kind];
  const shouldRetry = details.retry ?? retry;
  const first = { code, message, ...(details.errorChain && { error_chain: details.errorChain }) };
  const own = next ? [first, next] : [first];
  const permission = details.requiredPermission ?? null;
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
        ...(kind !== 'credentials_missing' && { messages: messagesOn(code, permission), result: null }),
      }),
    ),
  };
}

function messagesOn(code: number, permission: string | null) {
  if (permission === null) return [];
  return [{ code, message: `An API token needs the permission ${permission} for this.` }];
}
