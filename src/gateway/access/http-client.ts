import { type IncomingHttpHeaders } from 'node:http';
import { type AddressRanges } from '../../platform/context/address-ranges.js';
import { type GatewayError } from '../../platform/errors/gateway-error.js';
import { type Client } from '../request/client.js';
import { type Identity } from '../request/identity.js';
import { clientAddress } from './client-address.js';
import { ByCredential, type Identification } from './identification.js';
import { mayBeWritten, quotesCredential } from './may-be-written.js';

const longestAgent = 256;

/** For clients that are not made from a request over HTTP. */
const byCredential = new ByCredential();

/** A client as the headers of its request describe it. Members are computed on demand: a hit needs few. */
export class HttpClient implements Client {
  /**
   * @param remoteAddress of the connection; empty if it is not known
   * @param connection the same object for all requests of a connection
   * @param trustedProxies those that may name the address of the client
   * @param identification finds out who it is
   */
  constructor(
    private readonly headers: IncomingHttpHeaders,
    private readonly remoteAddress = '',
    private readonly connection: object = {},
    private readonly trustedProxies?: AddressRanges | undefined,
    private readonly identification: Identification = byCredential,
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

  identify(): Identity | GatewayError | Promise<Identity | GatewayError> {
    return this.identification.identify(this.headers, this.connection);
  }

  mayBeWritten(text: string): boolean {
    return mayBeWritten(text, this.headers);
  }

  quotesCredential(text: string): boolean {
    return quotesCredential(text, this.identification.identifying(this.headers));
  }
}
