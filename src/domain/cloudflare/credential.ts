import { type Secret } from '../../platform/context/secret.js';

/** An API token, or an e-mail address with its API key. */
export type Credential =
  | { readonly kind: 'token'; readonly token: Secret }
  | { readonly kind: 'key'; readonly email: Secret; readonly key: Secret };

/** The request headers that carry a credential to Cloudflare. */
export function credentialHeaders(credential: Credential): Record<string, string> {
  return credential.kind === 'token'
    ? { authorization: `Bearer ${credential.token.reveal()}` }
    : { 'x-auth-email': credential.email.reveal(), 'x-auth-key': credential.key.reveal() };
}
