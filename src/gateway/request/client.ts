import { type GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from './identity.js';

/**
 * The client that makes a request, as far as the request tells. `access/` makes one of the headers of HTTP; a step that
 * the gateway takes by itself makes its own.
 */
export interface Client {
  /** The IP address, as `canonicalAddress` spells it; empty where it is not known. */
  readonly address: string;
  /** Cut at 256 characters. Undefined where it is not known or quotes a secret. */
  readonly userAgent?: string | undefined;
  /** Of W3C Trace Context: 32 hex digits. */
  readonly traceId?: string | undefined;
  /** The version of Cloudflare's API that the client wants: another version may answer otherwise. */
  readonly apiVersion?: string | undefined;
  /** Whether the client wants no answer from the cache (RFC 9111 §5.2.1.4). */
  readonly wantsFresh?: boolean;
  /** The proxies that the request came through, as `Via` names them (RFC 9110 §7.6.3). */
  readonly via?: string | undefined;

  /** Who it is, or why that cannot be told: `credentials_missing`, `credentials_malformed`. */
  identify(): Identity | GatewayError;
  /** Whether a text of the client's may be logged, recorded or sent back: it quotes none of its secrets. */
  mayBeWritten(text: string): boolean;
  /** Whether a text quotes the credential that identifies the client. */
  quotesCredential(text: string): boolean;
}
