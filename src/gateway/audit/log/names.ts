import { canonicalHostname } from '../../../domain/cloudflare/hostname.js';

/** Allows names that DNS does not, such as a label that begins with a hyphen: records hold them, and searches find them. */
const looseName = /^(?=.{1,253}$)(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i;

/** The one spelling in which a hostname is recorded and searched for; null for any other text. */
export function recordedHostname(text: string): string | null {
  const loose = text.replace(/\.$/, '').toLowerCase();
  return canonicalHostname(text) ?? (looseName.test(loose) ? loose : null);
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{32,36}$/i.test(value);
}

/** The entries in the body of a change of hostnames, in the spelling of records; null for a value that is not recorded. */
export function hostnamesIn(body: unknown): { hostname: string | null; certId: string | null }[] {
  const { config } = (body ?? {}) as { config?: unknown };
  return [config].flat().flatMap((entry) => {
    const { hostname, cert_id } = (entry ?? {}) as { hostname?: unknown; cert_id?: unknown };
    if (hostname === undefined || hostname === null) return [];
    return {
      hostname: typeof hostname === 'string' ? recordedHostname(hostname) : null,
      certId: isId(cert_id) ? cert_id.toLowerCase() : null,
    };
  });
}
