import { hash, X509Certificate } from 'node:crypto';
import { toPem } from '../../certificate/pem.js';
import { type CertificateFacts } from '../record/event.js';

const longestName = 128;

/** All labels under which OpenSSL reads a certificate. */
const block = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----([^-]*)-----END \1-----/g;

/**
 * The facts of the certificate in a PEM text, in any indentation: of several blocks, the first that is not of a certificate
 * authority. Null where none can be read.
 *
 * @param mayBeNamed false where the name of the issuer would quote a secret
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

/** Allows white space anywhere in the block. Not passed as DER, in which Node.js would prefer a PEM text inside it. */
function certificateIn([, label = '', base64 = '']: RegExpExecArray): X509Certificate | null {
  try {
    return new X509Certificate(toPem(label, Buffer.from(base64, 'base64')));
  } catch {
    return null;
  }
}

/** Null where OpenSSL does not know the kind of its key, or cannot read its dates. */
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
    // By code points: half of a surrogate pair is not valid in JSON.
    ...(issuerCn !== undefined &&
      mayBeNamed(issuerCn) && { issuer_cn: Array.from(issuerCn).slice(0, longestName).join('') }),
  };
}

/** Unescaped. Undefined for an e-mail address, which is personal data. */
function issuerCnOf(certificate: X509Certificate): string | undefined {
  const { issuer } = certificate.toLegacyObject();
  // Node.js returns an array where there are several.
  const [name] = [(issuer as { CN?: string | string[] } | undefined)?.CN].flat();
  return name?.includes('@') ? undefined : name;
}
