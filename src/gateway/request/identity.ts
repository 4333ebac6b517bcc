import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Secret } from '../../platform/context/secret.js';

/**
 * Who makes a request, as an auditor names it. Of the holder of an API token no name is known; the holder of an API key
 * gives an e-mail address.
 */
type Actor = { readonly kind: 'token holder' } | { readonly kind: 'user'; readonly email: Secret };

/** Who makes a request, and as whom Cloudflare is asked. `access/` makes it, once a request. */
export interface Identity {
  readonly actor: Actor;
  readonly credential: Credential;
}
