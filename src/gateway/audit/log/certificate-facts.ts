import { hash, X509Certificate } from 'node:crypto';
import { toPem } from '../../../domain/x509/pem.js';
import { type CertificateFacts } from '../record/event.js';

const longestName = 128;

/** All labels under which OpenSSL reads a certificate. */
const block = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([^-]*)-----END \1-----/g;

/**
 * What can be said of the certificate in a PEM text, however it is indented: of several blocks, of the first that is no
 * certificate authority's. Null where there is none that can be read.
 *
 * @param mayBeNamed whether the issuer's name is none that is secret
 */
export function certificateFactsIn(
  pem: unknown,
  mayBeNamed: (issuerCn: string) => boolean,
): CertificateFacts | null {
  const blocks = typeof pem === 'string' ? Array.from(pem.matchAll(block), certificateIn) : [];
  for (const certificate of blocks) {
    const mayBeIt = certificate && (blocks.length === 1 || !certificate.ca);
    const facts = mayBeIt ? factsOf(certificate, mayBeNamed) : null;
    if (facts) return facts;
  }
  return null;
}

/** White space may be anywhere in the block. Not read as DER: Node.js would prefer a PEM text that stands inside it. */
function certificateIn([, label = '', base64 = '']: RegExpExecArray): X509Certificate | null {
  try {
    return new X509Certificate(toPem(label, Buffer.from(base64, 'base64')));
  } catch {
    return null;
  }
}

/** Null where its key is of a kind that OpenSSL does not know, or its dates are none. */
function factsOf(
  certificate: X509Certificate,
  mayBeNamed: (issuerCn: string) => boolean,
): CertificateFacts | null {
  try {
    return readableFacts(certificate, mayBeNamed);
  } catch {
    return null;
  }
}

function readableFacts(
  certificate: X509Certificate,
  mayBeNamed: (issuerCn: string) => boolean,
): CertificateFacts {
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
