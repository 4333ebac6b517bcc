import { hash, type X509Certificate } from 'node:crypto';
import { firstCertificateIn } from './fingerprint.js';
import { isCheapToRead } from './public-key.js';
import { detailsOf, outlineOf } from './read-certificate.js';

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** The attributes of the distinguished name in their order, for example `C=DE, O=Example, CN=origin-pull`. */
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Null if the certificate does not limit its use; else names, or object identifiers that have no name here. */
  readonly extendedKeyUsage: readonly string[] | null;
  /** Null if OpenSSL does not know the key. */
  readonly key: PublicKeyFacts | null;
}

export interface PublicKeyFacts {
  /** For example `rsa`, `ec prime256v1`, `ed25519`. */
  readonly type: string;
  /** Of RSA keys. */
  readonly bits: number | null;
  /** SHA-256 of the SubjectPublicKeyInfo, lower-case hex. */
  readonly spkiSha256: string;
}

/** The facts of the first certificate in a PEM text; null if it cannot be read. Never throws. */
export function certificateFactsOf(pem: string | null): CertificateFacts | null {
  const der = firstCertificateIn(pem);
  const outline = der && outlineOf(der);
  if (!outline || !isCheapToRead(outline.key)) return null;
  const details = detailsOf(der);
  if (!details) return null;
  const { x509, notBefore, notAfter, usages } = details;
  return {
    // Undefined for an empty name, other than its type says.
    subject: ((x509.subject as string | undefined) ?? '').split('\n').join(', '),
    notBefore,
    notAfter,
    extendedKeyUsage: usages && usages.map((oid) => usageNames[oid] ?? oid),
    key: publicKeyFactsOf(x509),
  };
}

export function publicKeyFactsOf(x509: X509Certificate): PublicKeyFacts | null {
  try {
    const { publicKey } = x509;
    const { asymmetricKeyType, asymmetricKeyDetails } = publicKey;
    return {
      type: [asymmetricKeyType, asymmetricKeyDetails?.namedCurve].filter(Boolean).join(' '),
      bits: asymmetricKeyDetails?.modulusLength ?? null,
      spkiSha256: hash('sha256', publicKey.export({ type: 'spki', format: 'der' })),
    };
  } catch {
    return null;
  }
}

/** RFC 5280 §4.2.1.12. */
const usageNames: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
};
