import { type IncomingHttpHeaders } from 'node:http';
import { type AddressRanges } from '../../platform/context/address-ranges.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Client } from '../request/client.js';
import { type Identity } from '../request/identity.js';
import { clientAddress } from './client-address.js';
import { credentialFrom } from './credential-from.js';
import { mayBeWritten, quotesCredential } from './may-be-written.js';

const longestAgent = 256;

interface Known {
  readonly headers: IncomingHttpHeaders;
  readonly identity: Identity;
}

/** Of the last request of each connection: most connections send one credential, which is parsed and hashed once then. */
const lastKnown = new WeakMap<object, Known>();

/** A client as the headers of its request describe it. Members are computed on demand: a hit needs few. */
export class HttpClient implements Client {
  /**
   * @param remoteAddress of the connection; empty if it is not known
   * @param connection the same object for all requests of a connection
   * @param trustedProxies those that may name the address of the client
   */
  constructor(
    private readonly headers: IncomingHttpHeaders,
    private readonly remoteAddress = '',
    private readonly connection: object = {},
    private readonly trustedProxies?: AddressRanges | undefined,
  ) {}

  get address(): string {
    return clientAddress(this.remoteAddress, this.headers, this.trustedProxies);
  }

  get userAgent(): string | undefined {
    const agent = this.headers['user-agent']?.slice(0, longestAgent);
    return agent !== undefined && this.mayBeWritten(agent) ? agent : undefined;
  }

  /** An API key is 32 hex digits, as a trace id is. */
  get traceId(): string | undefined {
    const sent = String(this.headers['traceparent']);
    const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(sent)?.[1];
    return traceId !== undefined && /[^0]/.test(traceId) && this.mayBeWritten(traceId) ? traceId : undefined;
  }

  /** A hook has bounded its length. */
  get apiVersion(): string | undefined {
    return this.headers['api-version'] as string | undefined;
  }

  get wantsFresh(): boolean {
    return /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(this.headers['cache-control'] ?? '');
  }

  get via(): string | undefined {
    return this.headers.via;
  }

  identify(): Identity | GatewayError {
    const known = lastKnown.get(this.connection);
    if (known && haveSameCredential(known.headers, this.headers)) return known.identity;
    const identity = this.identifyAnew();
    if (!(identity instanceof GatewayError)) {
      const { authorization, 'x-auth-email': email, 'x-auth-key': key } = this.headers;
      const headers = { authorization, 'x-auth-email': email, 'x-auth-key': key };
      lastKnown.set(this.connection, { headers, identity });
    }
    return identity;
  }

  private identifyAnew(): Identity | GatewayError {
    try {
      const credential = credentialFrom(this.headers);
      const isToken = credential.kind === 'token';
      return {
        actor: isToken ? { kind: 'token holder' } : { kind: 'user', email: credential.email },
        credential,
      };
    } catch (error) {
      if (error instanceof GatewayError) return error;
      throw error;
    }
  }

  mayBeWritten(text: string): boolean {
    return mayBeWritten(text, this.headers);
  }

  /**
   * Compares with the credential that is used, and with nothing that a client may choose freely, such as an e-mail address or
   * an unused header: else a client could keep names out of its audit records.
   */
  quotesCredential(text: string): boolean {
    const { authorization, 'x-auth-key': key } = this.headers;
    return quotesCredential(text, authorization ? { authorization } : { 'x-auth-key': key });
  }
}

function haveSameCredential(one: IncomingHttpHeaders, other: IncomingHttpHeaders): boolean {
  return (
    one.authorization === other.authorization &&
    one['x-auth-email'] === other['x-auth-email'] &&
    one['x-auth-key'] === other['x-auth-key']
  );
}
