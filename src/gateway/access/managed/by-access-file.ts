import { hash } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { Secret } from '../../../platform/context/secret.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { ForeignCredential } from '../../request/foreign-credential.js';
import { type Identity } from '../../request/identity.js';
import { joined } from '../credential-from.js';
import { Identification } from '../identification.js';
import { unauthenticated } from '../refusals.js';
import { headersOfCloudflare } from '../secret-headers.js';
import { apiKeyPrefix, digestOfApiKey, hasDigest, idOfApiKey } from './api-key.js';
import { type Verified, verifyJwt } from './jwt.js';
import { type AccessState, rememberedForMs } from './state.js';

const bearer = /^Bearer +([A-Za-z0-9._~+/-]{1,8192}=*)$/i;
const jwt = /^[A-Za-z0-9_-]{1,8192}\.[A-Za-z0-9_-]{1,8192}\.[A-Za-z0-9_-]{1,2048}$/;
const longestJwt = 8192;

/** As Cloudflare makes tokens since 2026. */
const prefixedToken = /^cf(?:ut|at|k)_[\w-]{10,}$/;
/** As it made them before. */
const oldToken = /^[\w-]{40}$/;

/** A caller that is known without verifying anything. */
interface Known extends Verified {
  /** On the clock of `performance.now()`. */
  readonly rememberedUntil: number;
}

/** How a caller was identified, on one connection. */
interface LastKnown extends Known {
  readonly state: AccessState;
  readonly header: string;
  readonly value: string;
}

/** Takes the tokens of the issuers, and the API keys, that an access file names. */
export class ByAccessFile extends Identification {
  override readonly isRequired = true;

  /** Of the last request of each connection. */
  private readonly lastKnown = new WeakMap<object, LastKnown>();

  constructor(
    private readonly current: () => AccessState,
    private readonly onUse: (keyId: string) => void,
    private readonly onForeign: () => void,
  ) {
    super();
  }

  override identify(
    headers: IncomingHttpHeaders,
    connection: object,
  ): Identity | GatewayError | Promise<Identity | GatewayError> {
    const state = this.current();
    const last = this.lastKnown.get(connection);
    if (last && isStill(last, state, headers)) return this.use(last);
    try {
      const header = this.carrierOf(headers, state);
      const value = joined(headers[header]);
      const token = tokenIn(header, value);
      const remember = (known: Known) => {
        this.lastKnown.set(connection, { ...known, state, header, value });
        return this.use(known);
      };
      if (header === 'authorization' && token.startsWith(apiKeyPrefix))
        return remember(this.holderOf(token, state));
      this.refuseOthers(header, token);
      const verifying = this.verified(token, header, state);
      return verifying instanceof Promise ? verifying.then(remember).catch(refusalFor) : remember(verifying);
    } catch (error) {
      const refusal = refusalOf(error);
      return refusal instanceof ForeignCredential ? refusal : (this.foreignIn(headers, state) ?? refusal);
    }
  }

  override identifying(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    return Object.fromEntries(this.current().carriers.map((name) => [name, headers[name]]));
  }

  /** @throws GatewayError unless exactly one header carries an identity */
  private carrierOf(headers: IncomingHttpHeaders, { carriers }: AccessState): string {
    const sent = carriers.filter((name) => headers[name] !== undefined);
    const [header] = sent;
    if (header === undefined) {
      const names = carriers.filter((name) => !headersOfCloudflare.includes(name));
      throw unauthenticated(
        `Send a token or an API key of this gateway in the header ${names.join(' or ')}.`,
      );
    }
    if (headersOfCloudflare.includes(header)) throw this.foreign(credentialIn(headers));
    if (sent.length === 1) return header;
    throw unauthenticated(
      `Send one of the headers ${sent.join(', ')}: each says who you are.`,
      'invalid_request',
    );
  }

  private use({ principal }: Known): Identity {
    if ('keyId' in principal.knownBy) this.onUse(principal.knownBy.keyId);
    return principal;
  }

  /** @throws GatewayError */
  private holderOf(token: string, { keys }: AccessState): Known {
    const id = idOfApiKey(token);
    if (id === null)
      throw unauthenticated('The API key has a typing error: its checksum does not fit.', 'invalid_token');
    const key = keys.get(id);
    // Compared also if there is none: how long it takes must not tell which ids exist.
    const isRight = hasDigest(token, key?.sha256 ?? digestOfApiKey(id));
    if (!key || !isRight)
      throw unauthenticated('The API key is not known: it may have been revoked.', 'invalid_token');
    if (Date.now() >= key.expiresAt) throw unauthenticated('The API key has expired.', 'invalid_token');
    return { principal: key.principal, until: key.expiresAt, rememberedUntil: Infinity };
  }

  /** @throws GatewayError, as the promise does */
  private verified(token: string, header: string, state: AccessState): Known | Promise<Known> {
    const digest = hash('sha256', `${header} ${token}`, 'base64url');
    const known = state.verified.get(digest);
    if (known && known.until > Date.now())
      return { ...known, rememberedUntil: performance.now() + state.verified.getRemainingTTL(digest) };
    return verifyJwt(token, state.issuers.get(header) ?? []).then((verified) => {
      state.verified.set(digest, verified);
      return { ...verified, rememberedUntil: performance.now() + rememberedForMs };
    });
  }

  /** @throws GatewayError if it is no token of an issuer */
  private refuseOthers(header: string, token: string): void {
    if (token.length <= longestJwt && jwt.test(token)) return;
    if (header === 'authorization' && oldToken.test(token))
      throw this.foreign({ kind: 'token', token: new Secret(token) });
    throw unauthenticated(
      'This is neither a token of an accepted issuer nor an API key of this gateway.',
      'invalid_token',
    );
  }

  /** A token of Cloudflare may stand in any header that is read, behind any word, and beside another credential. */
  private foreignIn(headers: IncomingHttpHeaders, { issuers }: AccessState): GatewayError | null {
    const sent = ['authorization', ...issuers.keys()].map((name) => joined(headers[name]));
    const token = sent.flatMap((value) => value.split(/[\s,]+/)).find((word) => prefixedToken.test(word));
    return token === undefined ? null : this.foreign({ kind: 'token', token: new Secret(token) });
  }

  private foreign(sent: Credential): GatewayError {
    this.onForeign();
    const { message, details } = unauthenticated(
      'This looks like a credential of Cloudflare. This gateway has its own and takes none: it was not forwarded. Send a token or an API key of the gateway.',
      'invalid_token',
    );
    return new ForeignCredential(sent, message, details);
  }
}

/** Whether the request carries the same, and nothing else that could say who sends it. */
function isStill(last: LastKnown, state: AccessState, headers: IncomingHttpHeaders): boolean {
  return (
    last.state === state &&
    headers[last.header] === last.value &&
    last.rememberedUntil > performance.now() &&
    last.until > Date.now() &&
    state.carriers.every((name) => name === last.header || headers[name] === undefined)
  );
}

/** @throws GatewayError */
function tokenIn(header: string, value: string): string {
  if (header !== 'authorization') return value.trim();
  const token = bearer.exec(value)?.[1];
  if (token === undefined)
    throw unauthenticated(
      'Send the header Authorization as Bearer, a space, and the token.',
      'invalid_request',
    );
  return token;
}

function credentialIn(headers: IncomingHttpHeaders): Credential {
  const key = joined(headers['x-auth-key'] ?? headers['x-auth-user-service-key']);
  return { kind: 'key', email: new Secret(joined(headers['x-auth-email'])), key: new Secret(key) };
}

/** The request may have been refused for another reason meanwhile: then nothing waits for this. */
function refusalFor(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError('internal', 'The gateway failed.', { cause: error });
}

/** @throws what is no refusal */
function refusalOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  throw error;
}
