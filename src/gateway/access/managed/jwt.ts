import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyGetKey,
} from 'jose';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Principal } from '../../request/identity.js';
import { unauthenticated } from '../refusals.js';
import { type Issuer } from './access-file.js';
import { claimIn } from './claims.js';
import { IssuerAway } from './issuer-keys.js';

/** How much the clocks of an issuer and of the gateway may differ. */
const clockToleranceSeconds = 60;
const longestId = 512;

/** An issuer, and what finds its public keys. */
export interface KnownIssuer {
  readonly issuer: Issuer;
  /** Throws `IssuerAway` if it cannot tell whether there is such a key. */
  readonly keys: JWTVerifyGetKey;
}

export interface Verified {
  readonly principal: Principal;
  /** When the token expires, on the clock of `Date.now()`: the tolerance included. */
  readonly until: number;
}

/**
 * Verifies a token of one of the issuers that send theirs in this header. The header of a token decides nothing but which key of
 * the issuer is tried: `jku`, `jwk` and `x5u` are not read.
 *
 * @throws GatewayError `unauthenticated`, `issuer_unavailable`
 */
export async function verifyJwt(token: string, issuers: readonly KnownIssuer[]): Promise<Verified> {
  const iss = issuerIn(token);
  const known = issuers.find(({ issuer }) => issuer.issuer === iss);
  if (!known)
    throw unauthenticated('The token is of an issuer that is not accepted in this header.', 'invalid_token');
  const { issuer, keys } = known;
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: issuer.algorithms,
      clockTolerance: clockToleranceSeconds,
      // The clock that `until` is compared with.
      currentDate: new Date(Date.now()),
      requiredClaims: ['exp'],
      ...(issuer.type !== undefined && { typ: issuer.type }),
    });
    const until = ((payload.exp ?? 0) + clockToleranceSeconds) * 1000;
    return { principal: principalOf(issuer, payload), until };
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (error instanceof IssuerAway) throw unavailable(issuer, error);
    throw unauthenticated(reasonOf(error), 'invalid_token');
  }
}

/** The issuer that a token names, before it is verified. */
function issuerIn(token: string): string | undefined {
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token).iss;
  } catch {
    throw unauthenticated('The token is no JWT and no API key of this gateway.', 'invalid_token');
  }
}

function principalOf({ name: issuer, subject, actor }: Issuer, claims: JWTPayload): Principal {
  const sub = subject
    .map((name) => claimIn(claims, name))
    .find((value) => value !== undefined && value !== '');
  if (typeof sub !== 'string' || !isRecordable(sub))
    throw unauthenticated('The token names no subject that can be recorded.', 'invalid_token');
  const shown = actor === undefined ? undefined : claimIn(claims, actor);
  const name = typeof shown === 'string' && shown !== '' && isRecordable(shown) ? shown : null;
  return { kind: 'principal', type: 'user', id: `${issuer}|${sub}`, name, knownBy: { issuer }, claims };
}

/** Without line breaks and other control characters, and in whole characters: logs and databases refuse or split other text. */
function isRecordable(text: string): boolean {
  return text.length <= longestId && text.isWellFormed() && !/\p{Cc}/u.test(text);
}

function unavailable({ name }: Issuer, cause: unknown): GatewayError {
  const message = `The public keys of the issuer ${name} cannot be fetched, so that its tokens cannot be verified. Try again in some seconds.`;
  return new GatewayError('issuer_unavailable', message, { cause, headers: { 'retry-after': '5' } });
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired: get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'aud':
        return 'The token is for another audience.';
      case 'nbf':
        return 'The token is not valid yet.';
      case 'typ':
        return 'The token is of another type: send the access token.';
      default:
        return `The token cannot be used: its claim ${error.claim} is missing or wrong.`;
    }
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return 'The token is signed with an algorithm that is not accepted.';
  if (error instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed with a key that its issuer does not have.';
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'The token does not name the key that it is signed with, and its issuer has several.';
  return 'The signature of the token is not valid.';
}
