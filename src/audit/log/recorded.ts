import { type IncomingHttpHeaders } from 'node:http';
import { mayBeWritten, quotesCredential } from '../../context/may-be-written.js';
import { type Call, type OperationName } from '../../upstream/operations.js';
import { certificateFactsIn } from './certificate-facts.js';
import { type AuditEvent, type CertificateFacts, type Target } from '../record/event.js';
import { hostnamesIn, isId } from './names.js';
import { uploadedIn } from './uploaded.js';

/** What an operation changes or reads, besides its zone. Its body may hold any other member, which Cloudflare ignores. */
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
    case 'hostnames in the body':
      return { zone_id, ...hostnamesOf(body, headers) };
    default:
      return { zone_id };
  }
}

/** The certificate that is sent: null where it cannot be read, undefined where the call is no upload. */
export function certificateOf(
  { operation, body }: Call,
  headers: IncomingHttpHeaders,
): CertificateFacts | null | undefined {
  if (subjects[operation.name] !== 'uploaded certificate') return undefined;
  const { certificate } = (body ?? {}) as { certificate?: unknown };
  return certificateFactsIn(certificate, mayBeNamed(headers));
}

/** Of an upload that succeeded: only the answer has its id, and Cloudflare may keep another text than was sent. */
export function afterUpload(
  { operation }: Call,
  { target, cert = null }: AuditEvent,
  result: unknown,
  headers: IncomingHttpHeaders,
): Pick<AuditEvent, 'target' | 'cert'> {
  if (!target || subjects[operation.name] !== 'uploaded certificate') return {};
  const { id, certificate } = uploadedIn(result, cert?.sha256);
  return {
    target: withCertificate(target, id, headers),
    cert: certificateFactsIn(certificate, mayBeNamed(headers)) ?? cert,
  };
}

/** Of a refused change: undefined where a credential was sent in the place of an identifier. */
export function deniedTarget(target: Target | undefined, headers: IncomingHttpHeaders): Target | undefined {
  const texts = target && [target.zone_id, target.certificate_id ?? '', ...(target.hostnames ?? [])];
  return texts?.every((text) => !isCredential(text, headers)) ? target : undefined;
}

/** All hostnames of the body, each once. */
function hostnamesOf(body: unknown, headers: IncomingHttpHeaders): Partial<Target> {
  const named = hostnamesIn(body).map(({ hostname }) => hostname);
  const recorded = new Set(named.filter((name) => name !== null));
  for (const name of recorded) if (isCredential(name, headers)) recorded.delete(name);
  const leftOut = named.filter((name) => name === null || !recorded.has(name)).length;
  return {
    ...(recorded.size > 0 && { hostnames: [...recorded] }),
    ...(leftOut > 0 && { hostnames_left_out: leftOut }),
  };
}

function withCertificate(target: Target, id: unknown, headers: IncomingHttpHeaders): Target {
  return isId(id) && !isCredential(id, headers) ? { ...target, certificate_id: id.toLowerCase() } : target;
}

function mayBeNamed(headers: IncomingHttpHeaders): (issuerCn: string) => boolean {
  return (issuerCn) => mayBeWritten(issuerCn, headers);
}

/**
 * Compares with the credential in use alone. Headers that a caller may choose freely, such as an address or a header that is
 * not used, could keep the name of a changed object out of the record.
 */
function isCredential(text: string, headers: IncomingHttpHeaders): boolean {
  const { authorization, 'x-auth-key': key } = headers;
  return quotesCredential(text, authorization ? { authorization } : { 'x-auth-key': key });
}
