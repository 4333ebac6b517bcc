import { type IncomingHttpHeaders } from 'node:http';
import { ApiError, refusals } from './errors.js';

/** The caller. Two credentials are two users, each with a rate limit of its own. */
export interface User {
  /** The token or API key that was accepted. */
  secret: string;
  mayWrite: boolean;
  /** Whether it has the permission Zone Settings, to read or to write, beside SSL and Certificates. */
  hasZoneSettings: boolean;
}

interface Credential {
  /** A token, or the API key of the e-mail address. */
  readonly secret: string;
  readonly email?: string;
  readonly mayWrite: boolean;
  readonly lacksZoneSettings?: boolean;
}

/**
 * All that the sandbox accepts. Terraform's provider takes tokens of 40 to 80 letters, digits, `-` and `_`, and API keys of 37 to 60
 * characters.
 */
const credentials: readonly Credential[] = [
  { secret: 'sandbox-token-that-may-read-and-may-write', mayWrite: true },
  { secret: 'sandbox-token-that-may-read-but-not-write', mayWrite: false },
  { secret: 'sandbox-token-read-write-without-zone-settings', mayWrite: true, lacksZoneSettings: true },
  { secret: '144c9defac04969c7bfad8efaa8ea19400000', email: 'user@example.com', mayWrite: true },
  // Those of 0.1.0 are shorter.
  { secret: 'sandbox-token-read-write', mayWrite: true },
  { secret: 'sandbox-token-read-only', mayWrite: false },
  { secret: '144c9defac04969c7bfad8efaa8ea194', email: 'user@example.com', mayWrite: true },
];

/** Behind a token, it makes another user with the same rights, for tests that need many users. */
const SUFFIX = /^(?:-[a-z0-9]{1,32})?$/;

// Which forms Cloudflare calls malformed is known from a few messages only; these patterns are [unverified]. An API key is
// hexadecimal: 37 digits (Posh-ACME #126), 32 in the documentation's examples, up to 60 in the pattern of Terraform's
// provider. Newer keys start with cfk_; how long they are is [unverified].
const BEARER = /^Bearer +(?<token>[\w.~+/-]{1,512}=*)$/i;
const KEY_FORM = /^(?:[0-9a-f]{32,60}|cfk_[\w-]{32,64})$/;
const EMAIL_FORM = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** @returns the caller, or the refusal. Bearer takes precedence over e-mail and key: the SDK may send all three. */
export function identify(headers: IncomingHttpHeaders): User | ApiError {
  const { authorization } = headers;
  if (authorization) return byToken(authorization);
  const email = text(headers['x-auth-email']);
  const key = text(headers['x-auth-key']);
  // One of the two without the other is refused as if both were missing [unverified].
  if (!email || !key) return refusals.noCredentials();
  return byKey(email, key);
}

/** @throws ApiError */
export function authenticate(headers: IncomingHttpHeaders): User {
  const identified = identify(headers);
  if (identified instanceof ApiError) throw identified;
  return identified;
}

function byToken(authorization: string): User | ApiError {
  const token = BEARER.exec(authorization)?.groups?.['token'];
  if (token === undefined) {
    return refusals.malformedCredentials([malformedHeader(6111, 'Authorization')]);
  }
  const credential = credentials.find(
    ({ secret, email }) =>
      email === undefined && token.startsWith(secret) && SUFFIX.test(token.slice(secret.length)),
  );
  return credential ? userOf(credential, token) : refusals.authenticationError();
}

function byKey(email: string, key: string): User | ApiError {
  const chain = [
    ...(EMAIL_FORM.test(email) ? [] : [malformedHeader(6102, 'X-Auth-Email')]),
    ...(KEY_FORM.test(key) ? [] : [malformedHeader(6103, 'X-Auth-Key')]),
  ];
  if (chain.length > 0) return refusals.malformedCredentials(chain);
  const credential = credentials.find((known) => known.email === email && known.secret === key);
  return credential ? userOf(credential, key) : refusals.unknownKey();
}

function userOf({ mayWrite, lacksZoneSettings = false }: Credential, secret: string): User {
  return { secret, mayWrite, hasZoneSettings: !lacksZoneSettings };
}

function malformedHeader(code: number, name: string): { code: number; message: string } {
  return { code, message: `Invalid format for ${name} header` };
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
