import { identifierProblem } from '../upstream/call-url.js';
import { canonicalHostname } from '../upstream/hostname.js';
import { type PathParameter } from '../upstream/identifiers.js';
import { type UserError, UserErrorCode } from './user-error.js';

/** The identifiers of an input that are malformed, as errors with their paths; none where all are well-formed. */
export function malformedInputs(
  given: readonly [PathParameter, value: string, path: string[]][],
): UserError[] {
  return given.flatMap(([parameter, value, field]) => {
    const message = identifierProblem(parameter, value);
    return message ? [{ code: UserErrorCode.INVALID_INPUT, message, field: ['input', ...field] }] : [];
  });
}

/** The canonical spelling of a hostname; what is no DNS name stays as it is, and is refused as that. */
export function hostnameInALabels(name: string): string {
  return canonicalHostname(name) ?? name;
}
