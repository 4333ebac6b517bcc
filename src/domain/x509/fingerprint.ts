import { hash } from 'node:crypto';
import { decodeBase64, isOneSequence } from './der.js';

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/**
 * SHA-256 of the DER of the first certificate in a PEM text, in lower-case hexadecimal: the value that
 * `openssl x509 -fingerprint -sha256` prints, without the colons. Null if there is no certificate or it is damaged.
 * Never throws. It is computed for every certificate in an answer, so it does not parse the certificate.
 */
export function fingerprintOf(pem: string | null): string | null {
  if (typeof pem !== 'string') return null; // The type is not checked at run time: the value comes from Cloudflare.
  const beginAt = pem.indexOf(begin);
  if (beginAt === -1) return null;
  const endAt = pem.indexOf(end, beginAt);
  if (endAt === -1) return null;
  const der = decodeBase64(pem.slice(beginAt + begin.length, endAt));
  if (der === null || !isOneSequence(der)) return null;
  return hash('sha256', der);
}
