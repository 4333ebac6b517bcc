import { hash } from 'node:crypto';
import { isOneSequence } from './der.js';

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/**
 * SHA-256 of the first certificate in a PEM text: hexadecimal, lower case, of the DER, as
 * `openssl x509 -fingerprint -sha256` has it without the colons. Null where there is none or it is damaged. Never throws.
 *
 * It is computed for every certificate that Cloudflare answers, so the certificate itself is not parsed.
 */
export function fingerprintOf(pem: string | null): string | null {
  if (typeof pem !== 'string') return null; // Cloudflare's answer is a claim, not a type.
  const beginAt = pem.indexOf(begin);
  if (beginAt === -1) return null;
  const endAt = pem.indexOf(end, beginAt);
  if (endAt === -1) return null;
  const base64 = pem.slice(beginAt + begin.length, endAt).replace(/[ \t\r\n]+/g, '');
  const der = Buffer.from(base64, 'base64');
  // Buffer skips what is not base64: only a text that comes out again has been read.
  if (der.toString('base64') !== base64 || !isOneSequence(der)) return null;
  return hash('sha256', der);
}
