import { type Client } from '../../request/client.js';
import { type Call } from '../../../domain/cloudflare/operations.js';
import { fingerprintOf } from '../../../domain/x509/fingerprint.js';
import { auditedOf, certificateTarget } from './audited-operations.js';
import { certificateFactsIn } from './certificate-facts.js';
import { type AuditEvent, type CertificateFacts } from '../record/event.js';

interface Certificate {
  readonly id?: unknown;
  readonly certificate?: unknown;
}

/** The certificate that an upload sends: null if it cannot be read, undefined if the call is no upload. */
export function certificateOf(call: Call, client: Client): CertificateFacts | null | undefined {
  if (!auditedOf(call).isUpload) return undefined;
  const { certificate } = (call.body ?? {}) as Certificate;
  return certificateFactsIn(certificate, client);
}

/** What a successful answer adds to an upload: the id, and the certificate, which Cloudflare may keep in another text. */
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
    cert: certificateFactsIn(certificate, client) ?? cert,
  };
}

/** The certificate of the upload among those in the answer, found by its fingerprint; empty if that is ambiguous. */
function uploadedIn(result: unknown, sha256: string | undefined): Certificate {
  const items = [result].flat().map((item) => (item ?? {}) as Certificate);
  if (items.length === 1) return items[0] ?? {};
  const same = items.filter(
    ({ certificate }) => typeof certificate === 'string' && fingerprintOf(certificate) === sha256,
  );
  return same.length === 1 && same[0] ? same[0] : {};
}
