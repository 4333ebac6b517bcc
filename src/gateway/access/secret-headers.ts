/**
 * Whether the name of a header says that it holds a secret, or a token that identifies a client: `Authorization`, `Cookie`,
 * `X-Auth-Key`, `Cf-Access-Jwt-Assertion`, `X-Goog-IAP-JWT-Assertion`. The names in lower case.
 */
export function isSecretHeader(name: string): boolean {
  return /authorization|assertion|jwt|token|oidc|secret|cookie|-key$/.test(name);
}

/** Headers in which a client may send a credential of Cloudflare, besides `Authorization`. */
export const headersOfCloudflare: readonly string[] = [
  'x-auth-key',
  'x-auth-email',
  'x-auth-user-service-key',
];
