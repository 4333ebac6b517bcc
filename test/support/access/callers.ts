import { Secret } from '../../../src/platform/context/secret.js';
import { type GatewayError } from '../../../src/platform/errors/gateway-error.js';
import { principalOf } from '../../../src/gateway/access/managed/state.js';
import { type Identity } from '../../../src/gateway/request/identity.js';
import { RequestContext } from '../../../src/gateway/request/request-context.js';

/** The holder of an API key of this name. */
export function aService(name = 'a'): Identity {
  return principalOf({ id: 'abcd1234', name });
}

export function tokenCredential(token: string) {
  return { kind: 'token' as const, token: new Secret(token) };
}

/** The holder of a token of Cloudflare. */
export function aHolder(token: string): Identity {
  return { kind: 'holder', credential: tokenCredential(token) };
}

export function aRequestOf(identity: Identity | GatewayError): RequestContext {
  return new RequestContext('id', {
    address: '',
    identify: () => identity,
    mayBeWritten: () => true,
    quotesCredential: () => false,
  });
}
