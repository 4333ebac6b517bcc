import { hash, X509Certificate } from 'node:crypto';
import { type CertificateFacts } from './event.js';

const longestName = 128;

/**
 * What can be said of the certificate in the body of an upload; undefined where it holds none that can be read.
 *
 * @param mayBeNamed whether the issuer's name is none that is secret
 */
export function certificateFactsIn(
  body: unknown,
  mayBeNamed: (issuerCn: string) => boolean,
): CertificateFacts | undefined {
  const { certificate } = (body ?? {}) as { certificate?: unknown };
  if (typeof certificate !== 'string') return undefined;
  try {
    return factsOf(new X509Certificate(certificate), mayBeNamed);
  } catch {
    return undefined;
  }
}

function factsOf(certificate: X509Certificate, mayBeNamed: (issuerCn: string) => boolean): CertificateFacts {
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
    ...(issuerCn !== undefined &&
      mayBeNamed(issuerCn) && { issuer_cn: Array.from(issuerCn).slice(0, longestName).join('') }),
  };
}

/** Unescaped. An address is a person's, and is not written down here. */
function issuerCnOf(certificate: X509Certificate): string | undefined {
  const { issuer } = certificate.toLegacyObject();
  // As OpenSSL gives it: an array where there are several.
  const [name] = [(issuer as { CN?: string | string[] } | undefined)?.CN].flat();
  return name?.includes('@') ? undefined : name;
}
