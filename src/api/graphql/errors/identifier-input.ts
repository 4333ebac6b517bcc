import { identifierProblem } from '../../../domain/cloudflare/call-url.js';
import { canonicalHostname } from '../../../domain/cloudflare/hostname.js';
import { type PathParameter } from '../../../domain/cloudflare/identifiers.js';
import { type UserError, UserErrorCode } from './user-error.js';

/** One error, with its path, for each malformed identifier of an input. */
export function malformedInputs(
  given: readonly [PathParameter, value: string, path: string[]][],
): UserError[] {
  return given.flatMap(([parameter, value, field]) => {
    const message = identifierProblem(parameter, value);
    return message ? [{ code: UserErrorCode.INVALID_INPUT, message, field: ['input', ...field] }] : [];
  });
}

/** The canonical spelling of a hostname. Other text is returned unchanged, and refused later. */
export function hostnameInALabels(name: string): string {
  return canonicalHostname(name) ?? name;
}
