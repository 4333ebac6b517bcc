import { canonicalHostname } from '../../../domain/cloudflare/hostname.js';

/** Also what no DNS has, such as a label that begins with a hyphen: records may hold it, and a search has to find it. */
const looseName = /^(?=.{1,253}$)(?:\*\.)?[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i;

/** The one spelling in which a hostname is recorded and searched for; null for a text that may be anything. */
export function recordedHostname(text: string): string | null {
  const loose = text.replace(/\.$/, '').toLowerCase();
  return canonicalHostname(text) ?? (looseName.test(loose) ? loose : null);
}

export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{32,36}$/i.test(value);
}

/** What an entry in the body of a change of hostnames names. Null: nothing that can be written down. */
export interface Named {
  readonly hostname: string | null;
  /** Lower case. */
  readonly certId: string | null;
}

/** All entries that name a hostname, in whatever form. */
export function hostnamesIn(body: unknown): Named[] {
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
