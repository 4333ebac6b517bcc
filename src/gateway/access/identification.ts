import { type IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from '../request/identity.js';
import { credentialFrom } from './credential-from.js';

/** Finds out who sent a request. */
export abstract class Identification {
  /** Whether a request whose sender is not known is refused before anything runs. Else each call refuses by itself. */
  abstract readonly isRequired: boolean;

  /**
   * @param connection the same object for all requests of a connection
   * @returns why the sender is not known, if that is so. A promise only where a signature has to be verified
   */
  abstract identify(
    headers: IncomingHttpHeaders,
    connection: object,
  ): Identity | GatewayError | Promise<Identity | GatewayError>;

  /** The headers that identify the sender. */
  abstract identifying(headers: IncomingHttpHeaders): IncomingHttpHeaders;
}

interface Known {
  readonly headers: IncomingHttpHeaders;
  readonly identity: Identity;
}

/** Takes the credential for Cloudflare that a request carries. Cloudflare decides whether it is one. */
export class ByCredential extends Identification {
  override readonly isRequired = false;

  /** Of the last request of each connection: most connections send one credential, which is parsed and hashed once then. */
  private readonly lastKnown = new WeakMap<object, Known>();

  override identify(headers: IncomingHttpHeaders, connection: object): Identity | GatewayError {
    const known = this.lastKnown.get(connection);
    if (known && haveSameCredential(known.headers, headers)) return known.identity;
    try {
      const identity: Identity = { kind: 'holder', credential: credentialFrom(headers) };
      const { authorization, 'x-auth-email': email, 'x-auth-key': key } = headers;
      const own = { authorization, 'x-auth-email': email, 'x-auth-key': key };
      this.lastKnown.set(connection, { headers: own, identity });
      return identity;
    } catch (error) {
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  /**
   * The credential that is used, and nothing that a client may choose freely, such as an e-mail address or an unused header: else a
   * client could keep names out of its audit records.
   */
  override identifying({ authorization, 'x-auth-key': key }: IncomingHttpHeaders): IncomingHttpHeaders {
    return authorization ? { authorization } : { 'x-auth-key': key };
  }
}

function haveSameCredential(one: IncomingHttpHeaders, other: IncomingHttpHeaders): boolean {
  return (
    one.authorization === other.authorization &&
    one['x-auth-email'] === other['x-auth-email'] &&
    one['x-auth-key'] === other['x-auth-key']
  );
}
