import { type Client } from '../../request/client.js';
import { identifierProblem } from '../../../domain/cloudflare/call-url.js';
import { type PathParameter } from '../../../domain/cloudflare/identifiers.js';
import { type Call } from '../../../domain/cloudflare/operations.js';
import { auditedOf, certificateTarget } from './audited-operations.js';
import { certificateFactsIn } from './certificate-facts.js';
import { type AuditEvent, type CertificateFacts, type Target } from '../record/event.js';
import { uploadedIn } from './uploaded.js';

/** The certificate that an upload sends: null where it cannot be read, undefined where the call is no upload. */
export function certificateOf(call: Call, client: Client): CertificateFacts | null | undefined {
  if (!auditedOf(call).isUpload) return undefined;
  const { certificate } = (call.body ?? {}) as { certificate?: unknown };
  return certificateFactsIn(certificate, (issuerCn) => client.mayBeWritten(issuerCn));
}

/** Of the answer to a successful upload: only then the certificate has an id, and Cloudflare may keep another text than was sent. */
export function afterUpload(
  call: Call,
  { target, cert = null }: AuditEvent,
  result: unknown,
  client: Client,
): Pick<AuditEvent, 'target' | 'cert'> {
  if (!target || !auditedOf(call).isUpload) return {};
  const { id, certificate } = uploadedIn(result, cert?.sha256);
  return {
    target: { ...target, ...certificateTarget(id, client) },
    cert: certificateFactsIn(certificate, (issuerCn) => client.mayBeWritten(issuerCn)) ?? cert,
  };
}

/**
 * The target of a refused change, as far as it is one: a text that is no identifier is not recorded, for it may be anything.
 * Undefined where the client sent its credential in place of an identifier.
 */
export function deniedTarget(
  { zoneId, certificateId }: { readonly zoneId?: unknown; readonly certificateId?: unknown },
  client: Client,
): Target | undefined {
  if (!isIdentifier('zone_id', zoneId) || client.quotesCredential(zoneId)) return undefined;
  if (!isIdentifier('certificate_id', certificateId)) return { zone_id: zoneId };
  if (client.quotesCredential(certificateId)) return undefined;
  return { zone_id: zoneId, certificate_id: certificateId.toLowerCase() };
}

function isIdentifier(name: PathParameter, value: unknown): value is string {
  return typeof value === 'string' && identifierProblem(name, value) === undefined;
}
