import { GatewayError, type Said } from '../../platform/errors/gateway-error.js';
import { Answer } from './answer.js';
import { commonArea, type Operation } from './operations.js';

/** Cloudflare does not know the credential, or cannot read it. */
const unknownCredential = [6003, 9103, 10001];
/** "Invalid access token"; to an operation of zone settings "Unauthorized to access requested resource": no permission. */
const unauthorized = 9109;
/** "Authentication error": the credential is known, and may not do this here. */
const noPermission = 10000;

/**
 * How old a stale answer may be, in seconds, while too many calls are made. If it were longer, the holder of a revoked token could
 * go on reading by flooding.
 */
export const whileLimitedSeconds = 60;

/** Status and codes of the answer to a call, also of an answer that could not be passed on; null without an answer. */
export function saidBy(outcome: unknown): Said | null {
  if (outcome instanceof Answer) return outcome.said;
  return outcome instanceof GatewayError ? (outcome.details.answered ?? null) : null;
}

/**
 * Whether Cloudflare refuses the credential, or its use in this zone; null if it refuses neither. The refusal may come as JSON, as text, as HTML, empty, or as a redirect to a page where people log in.
 *
 * @param isVerified whether Cloudflare has said that the credential is valid: then 9109 without a 401 is about the zone
 */
export function refusalIn(said: Said | null, isVerified = false): 'of the credential' | 'in the zone' | null {
  if (!said) return null;
  const { status, codes } = said;
  const isUnauthorized = codes.includes(unauthorized);
  const isUnknown = codes.some((code) => unknownCredential.includes(code));
  if (status === 401 || isUnknown || (isUnauthorized && !isVerified)) return 'of the credential';
  const isForbiddenHere = status === 403 || isUnauthorized || codes.includes(noPermission);
  return isForbiddenHere || isRedirect(status) ? 'in the zone' : null;
}

/**
 * Whether Cloudflare refuses an operation because its permission is missing, and it is one that most credentials do without.
 * Such a refusal says nothing of the credential, nor of what else it may do in the zone.
 */
export function lacksRarePermission(said: Said | null, { area }: Operation): boolean {
  if (!said || area === commonArea || said.status === 401) return false;
  const isUnknown = said.codes.some((code) => unknownCredential.includes(code));
  return !isUnknown && (isForbidden(said) || said.codes.includes(unauthorized));
}

/** The permission that a refused operation needs; null if Cloudflare refused it for another reason than a permission. */
export function requiredPermission(said: Said, operation: Operation | null): string | null {
  if (!operation) return null;
  const isMissing = isForbidden(said) && refusalIn(said) === 'in the zone';
  return isMissing || lacksRarePermission(said, operation) ? operation.permission : null;
}

function isForbidden({ status, codes }: Said): boolean {
  return status === 403 || codes.includes(noPermission);
}

export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** Whether an answer that cannot be read says that nothing was changed: only a 4xx does. */
export function isRefusal(said: Said | undefined): boolean {
  return said !== undefined && said.status >= 400 && said.status < 500;
}
