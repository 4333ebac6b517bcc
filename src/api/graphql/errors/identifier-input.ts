import { identifierProblem, malformedIdentifier } from '../../../domain/cloudflare/call-url.js';
import { canonicalHostname } from '../../../domain/cloudflare/hostname.js';
import { certificateIdIn, certificateIdProblem, type CertificateKind } from '../schema/node-id.js';
import { invalidInput, type UserError } from './user-error.js';

interface InZone {
  readonly zoneId: string;
  readonly kind: CertificateKind;
}

/** An error if the zone id of an input is malformed. */
export function zoneIdErrors(zoneId: string): UserError[] {
  return errorAt(['zoneId'], identifierProblem('zone_id', zoneId));
}

/**
 * An error if the certificate id of an input is malformed, or names a certificate of another zone or kind.
 *
 * @param field the path below `input`
 */
export function certificateIdErrors(given: string, certificate: InZone, ...field: string[]): UserError[] {
  return errorAt(field, certificateIdProblem(given, certificate));
}

/** @param field the path below `input` */
export function hostnameErrors(hostname: string, ...field: string[]): UserError[] {
  return errorAt(field, identifierProblem('hostname', hostname));
}

/**
 * Cloudflare's identifier of the certificate that an argument names.
 *
 * @throws GatewayError `malformed_identifier`
 */
export function certificateIdArgument(given: string, certificate: InZone): string {
  const problem = certificateIdProblem(given, certificate);
  if (problem !== undefined) throw malformedIdentifier(problem);
  return certificateIdIn(given);
}

/** The canonical spelling of a hostname. Other text is returned unchanged, and refused later. */
export function hostnameInALabels(name: string): string {
  return canonicalHostname(name) ?? name;
}

function errorAt(field: readonly string[], problem: string | undefined): UserError[] {
  return problem === undefined ? [] : [invalidInput(problem, ...field)];
}
