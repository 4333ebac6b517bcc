import { domainToASCII } from 'node:url';
import { identifierProblem } from '../upstream/call-url.js';
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

/** The A-labels of a hostname however it is spelt; what is none stays as it is, and is refused as that. */
export function hostnameInALabels(name: string): string {
  // Punycode that does not decode is no name; nor is an URL with more than a name in it.
  return /[^\x00-\x7f]/.test(name) ? domainToASCII(name) || name : name;
}
