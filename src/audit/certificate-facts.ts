import { hash, X509Certificate } from 'node:crypto';
import { type CertificateFacts } from './event.js';

const longestName = 128;

/** What can be said of the certificate in the body of an upload; undefined where it holds none that can be read. */
export function certificateFactsIn(body: unknown): CertificateFacts | undefined {
  const { certificate } = (body ?? {}) as { certificate?: unknown };
  if (typeof certificate !== 'string') return undefined;
  try {
    return factsOf(new X509Certificate(certificate));
  } catch {
    return undefined;
  }
}

function factsOf(certificate: X509Certificate): CertificateFacts {
  const { publicKey, validFromDate, validToDate } = certificate;
  const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
  const bits = asymmetricKeyDetails?.modulusLength;
  const issuerCn = issuerCnOf(certificate);
  return {
    sha256: hash('sha256', certificate.raw),
    serial: certificate.serialNumber.toLowerCase(),
    spki_sha256: hash('sha256', publicKey.export({ type: 'spki', format: 'der' })),
    not_before: validFromDate.toISOString(),
    not_after: validToDate.toISOString(),
    key_type: [asymmetricKeyType, asymmetricKeyDetails?.namedCurve].filter(Boolean).join(' '),
    ...(bits !== undefined && { key_bits: bits }),
    // By characters: half of one has no place in JSON.
    ...(issuerCn !== undefined && { issuer_cn: Array.from(issuerCn).slice(0, longestName).join('') }),
  };
}

/** Unescaped. An address is a person's, and is not written down here. */
function issuerCnOf(certificate: X509Certificate): string | undefined {
  const { issuer } = certificate.toLegacyObject();
  // As OpenSSL gives it: an array where there are several.
  const [name] = [(issuer as { CN?: string | string[] } | undefined)?.CN].flat();
  return name?.includes('@') ? undefined : name;
}
