import { type IncomingHttpHeaders } from 'node:http';
import { mayBeWritten, quotesCredential } from '../context/may-be-written.js';
import { type Call, type OperationName } from '../upstream/operations.js';
import { certificateFactsIn } from './certificate-facts.js';
import { type CertificateFacts, type Target } from './event.js';
import { hostnamesIn, isId } from './states.js';

/** Of what an operation is, beside its zone. Its body may hold anything, and Cloudflare passes over what it does not know. */
type Subject = 'uploaded certificate' | 'certificate in the path' | 'hostnames in the body' | 'zone alone';

const subjects: Readonly<Record<OperationName, Subject>> = {
  'zone_certificate.list': 'zone alone',
  'zone_certificate.get': 'certificate in the path',
  'zone_certificate.upload': 'uploaded certificate',
  'zone_certificate.delete': 'certificate in the path',
  'hostname_certificate.list': 'zone alone',
  'hostname_certificate.get': 'certificate in the path',
  'hostname_certificate.upload': 'uploaded certificate',
  'hostname_certificate.delete': 'certificate in the path',
  'hostname.list': 'zone alone',
  'hostname.get': 'zone alone',
  'hostname.update': 'hostnames in the body',
  'settings.get': 'zone alone',
  'settings.update': 'zone alone',
};

export function targetOf({ operation, params, body }: Call, headers: IncomingHttpHeaders): Target {
  const { zone_id, certificate_id } = params;
  switch (subjects[operation.name]) {
    case 'certificate in the path':
      return withCertificate({ zone_id }, certificate_id, headers);
    case 'hostnames in the body': {
      const hostnames = hostnamesIn(body).filter((name) => !isCredential(name, headers));
      return { zone_id, ...(hostnames.length > 0 && { hostnames }) };
    }
    default:
      return { zone_id };
  }
}

/** The same once Cloudflare has answered with success: only then an upload has an id. */
export function targetAfter(
  { name }: { readonly name: OperationName },
  target: Target,
  result: unknown,
  headers: IncomingHttpHeaders,
): Target {
  if (subjects[name] !== 'uploaded certificate') return target;
  // An array of one is that one.
  const [uploaded, ...others] = [result].flat() as ({ id?: unknown } | null | undefined)[];
  return others.length === 0 ? withCertificate(target, uploaded?.id, headers) : target;
}

export function certificateOf(
  { operation, body }: Call,
  headers: IncomingHttpHeaders,
): CertificateFacts | undefined {
  if (subjects[operation.name] !== 'uploaded certificate') return undefined;
  return certificateFactsIn(body, (issuerCn) => mayBeWritten(issuerCn, headers));
}

/** Of a change that was refused: undefined where a credential was sent in the place of an identifier. */
export function deniedTarget(target: Target | undefined, headers: IncomingHttpHeaders): Target | undefined {
  const texts = target && [target.zone_id, target.certificate_id ?? '', ...(target.hostnames ?? [])];
  return texts?.every((text) => !isCredential(text, headers)) ? target : undefined;
}

function withCertificate(target: Target, id: unknown, headers: IncomingHttpHeaders): Target {
  return isId(id) && !isCredential(id, headers) ? { ...target, certificate_id: id.toLowerCase() } : target;
}

/**
 * Compared with the credential that is believed alone, and with nothing that a caller may choose freely, such as an address
 * or a header that is not believed: else these would keep the name of what was changed out of the record.
 */
function isCredential(text: string, headers: IncomingHttpHeaders): boolean {
  const { authorization, 'x-auth-key': key } = headers;
  return quotesCredential(text, authorization ? { authorization } : { 'x-auth-key': key });
}
