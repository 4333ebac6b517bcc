import { type Credential } from '../../domain/cloudflare/credential.js';

/** Who makes a request. `access/` finds it out once per request. */
export type Identity = Holder | Principal;

/** The holder of a credential of Cloudflare, which calls are made with. */
interface Holder {
  readonly kind: 'holder';
  readonly credential: Credential;
}

/** A caller that the access file knows. Calls are made with a credential of the gateway. */
export interface Principal {
  readonly kind: 'principal';
  readonly type: 'user' | 'service';
  /** `<issuer>|<sub>`, or `key|<name>`: no other caller has the same. */
  readonly id: string;
  /** What people know it by, such as an e-mail address; null if the token does not say. */
  readonly name: string | null;
  /** The issuer, or the name and the id of the API key, that the access file knows it by. */
  readonly knownBy: { readonly issuer: string } | { readonly key: string; readonly keyId: string };
  /** Of its token; empty for an API key. */
  readonly claims: Readonly<Record<string, unknown>>;
}
