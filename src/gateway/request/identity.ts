import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Secret } from '../../platform/context/secret.js';

/** Who makes a request, as an auditor names it. The holder of an API token has no known name. */
type Actor = { readonly kind: 'token holder' } | { readonly kind: 'user'; readonly email: Secret };

/** Who makes a request, and the credential for Cloudflare. `access/` makes it once per request. */
export interface Identity {
  readonly actor: Actor;
  readonly credential: Credential;
}
