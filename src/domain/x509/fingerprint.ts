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
  const der = firstCertificateIn(pem);
  return der && hash('sha256', der);
}

/** The DER of the first certificate in a PEM text; null if there is none or it is damaged. */
export function firstCertificateIn(pem: string | null): Buffer | null {
  if (typeof pem !== 'string') return null; // The type is not checked at run time: the value comes from Cloudflare.
  const beginAt = pem.indexOf(begin);
  if (beginAt === -1) return null;
  const endAt = pem.indexOf(end, beginAt);
  if (endAt === -1) return null;
  const der = decodeBase64(pem.slice(beginAt + begin.length, endAt));
  return der !== null && isOneSequence(der) ? der : null;
}
