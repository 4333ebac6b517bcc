import { canonicalHostname } from '../../../domain/cloudflare/hostname.js';
import { identifierProblem } from '../../../domain/cloudflare/call-url.js';

const certificateKinds = ['zone_certificate', 'hostname_certificate'] as const;

export type CertificateKind = (typeof certificateKinds)[number];

/** The kinds that a zone has one of. */
const singles = ['settings', 'global_level'] as const;

type Single = (typeof singles)[number];

/** A node by its kind, and by its key within the zone. */
export type NodeName =
  | { readonly zoneId: string; readonly kind: 'zone' | Single; readonly key?: undefined }
  | { readonly zoneId: string; readonly kind: CertificateKind | 'hostname'; readonly key: string }
  /** An event may be about no zone. */
  | { readonly zoneId: string | null; readonly kind: 'audit_event'; readonly key: string };

/** Stands in an id in the place of the zone. */
const noZone = '-';

/** Clients treat an id as opaque. Its form is readable: `<zone>`, `<zone>:<kind>`, `<zone>:<kind>:<key>`. */
export function nodeIdOf({ zoneId, kind, key }: NodeName): string {
  if (kind === 'zone') return zoneId;
  const place = zoneId ?? noZone;
  return key === undefined ? `${place}:${kind}` : `${place}:${kind}:${key}`;
}

/** Null if the text is not the id of a node. */
export function nodeNameIn(id: string): NodeName | null {
  const [zoneId = '', kind, key, ...more] = id.split(':');
  if (zoneId === noZone && kind === 'audit_event' && key !== undefined && more.length === 0)
    return { zoneId: null, kind, key };
  if (identifierProblem('zone_id', zoneId) !== undefined || more.length > 0) return null;
  if (key === undefined) {
    if (kind === undefined) return { zoneId, kind: 'zone' };
    const single = singles.find((each) => each === kind);
    return single ? { zoneId, kind: single } : null;
  }
  switch (kind) {
    case 'zone_certificate':
    case 'hostname_certificate':
      return identifierProblem('certificate_id', key) === undefined ? { zoneId, kind, key } : null;
    case 'hostname':
      return canonicalHostname(key) === null ? null : { zoneId, kind, key };
    case 'audit_event':
      return { zoneId, kind, key };
    default:
      return null;
  }
}

/** Cloudflare's identifier of a certificate, of which the id of its node or that identifier is given. */
export function certificateIdIn(given: string): string {
  return given.slice(given.lastIndexOf(':') + 1);
}

/** The problem of an id that is given for a certificate of this kind in this zone; undefined if it has none. */
export function certificateIdProblem(
  given: string,
  { zoneId, kind }: { readonly zoneId: string; readonly kind: CertificateKind },
): string | undefined {
  if (!given.includes(':')) return identifierProblem('certificate_id', given);
  const node = nodeNameIn(given);
  if (node?.key === undefined || !certificateKinds.some((each) => each === node.kind)) {
    return 'This is not the id of a certificate: give the `id` or the `cloudflareId` of one.';
  }
  if (node.zoneId !== zoneId) return 'This certificate is of another zone than `zoneId` names.';
  if (node.kind === kind) return undefined;
  return kind === 'zone_certificate'
    ? 'This is a hostname certificate, and a zone-level certificate is needed here.'
    : 'This is a zone-level certificate, and a hostname certificate is needed here.';
}
