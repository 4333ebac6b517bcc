import { domainToASCII } from 'node:url';

const label = '(?!-)[A-Za-z0-9_-]{1,63}(?<!-)';

/** A DNS name in A-labels, any case; the first label may be `*`. */
export const dnsName = new RegExp(`^(?=.{1,253}$)(?:\\*\\.)?${label}(?:\\.${label})*$`);

const notAscii = /[^\x00-\x7f]/;
/** Characters that `domainToASCII` takes for other parts of a URL, or decodes. */
const ofAUrl = /[\s/\\?#@:%[\]]/;

/**
 * The spelling by which hostnames are compared: A-labels, lower case, no dot at the end. Cloudflare may answer the Unicode
 * form, upper case, or an ideographic full stop. Null if the text is not a DNS name.
 */
export function canonicalHostname(text: string): string | null {
  if (ofAUrl.test(text)) return null;
  const name = (notAscii.test(text) ? domainToASCII(text) : text).toLowerCase().replace(/\.$/, '');
  return dnsName.test(name) ? name : null;
}
