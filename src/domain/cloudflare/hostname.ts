import { domainToASCII } from 'node:url';

const label = '(?!-)[A-Za-z0-9_-]{1,63}(?<!-)';

/** A DNS name in A-labels, any case; the first label may be `*`. */
export const dnsName = new RegExp(`^(?=.{1,253}$)(?:\\*\\.)?${label}(?:\\.${label})*$`);

const notAscii = /[^\x00-\x7f]/;
/** What `domainToASCII` takes for the other parts of a URL, or decodes. */
const ofAUrl = /[\s/\\?#@:%[\]]/;

/**
 * The one spelling that hostnames are compared by: A-labels, lower case, no dot at the end. Cloudflare may answer another: the
 * Unicode form, upper case, an ideographic full stop. Null for a text that is no DNS name.
 */
export function canonicalHostname(text: string): string | null {
  if (ofAUrl.test(text)) return null;
  const name = (notAscii.test(text) ? domainToASCII(text) : text).toLowerCase().replace(/\.$/, '');
  return dnsName.test(name) ? name : null;
}
