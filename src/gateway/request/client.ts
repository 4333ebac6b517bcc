import { type GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from './identity.js';

/** The client that makes a request. `access/` makes one from HTTP headers; a step of the gateway itself makes its own. */
export interface Client {
  /** The IP address, as `canonicalAddress` spells it; empty if it is not known. */
  readonly address: string;
  /** Cut at 256 characters. Undefined if it is not known or quotes a secret. */
  readonly userAgent?: string | undefined;
  /** Of W3C Trace Context: 32 hex digits. */
  readonly traceId?: string | undefined;
  /** The version of Cloudflare's API for the request: answers may differ between versions. */
  readonly apiVersion?: string | undefined;
  /** Whether the client wants no answer from the cache (RFC 9111 §5.2.1.4). */
  readonly wantsFresh?: boolean;
  /** The proxies that the request came through, as `Via` names them (RFC 9110 §7.6.3). */
  readonly via?: string | undefined;

  /** The identity, or why it is not known; a promise only where a signature has to be verified. */
  identify(): Identity | GatewayError | Promise<Identity | GatewayError>;
  /** Whether a text of the client's may be logged, recorded or sent back, because it quotes no secret. */
  mayBeWritten(text: string): boolean;
  /** Whether a text quotes the credential that identifies the client. */
  quotesCredential(text: string): boolean;
}
