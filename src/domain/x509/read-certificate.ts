import { X509Certificate } from 'node:crypto';
import { type DerElement, readDer, readSequence, tags } from './der.js';
import { extensionsIn } from './extensions.js';
import { integerAt, type KeyKind, keyKindOf } from './public-key.js';

export interface CertificateOutline {
  readonly key: KeyKind;
  /** The content of the AlgorithmIdentifier. */
  readonly signature: Buffer;
  /** By the bytes of their object identifiers, in hexadecimal. */
  readonly extensions: ReadonlyMap<string, Buffer>;
}

/** The parts that are checked before OpenSSL parses the certificate; null if they cannot be read. */
export function outlineOf(der: Buffer): CertificateOutline | null {
  const [toBeSigned, signature] = readSequence(der) ?? [];
  if (toBeSigned?.tag !== tags.sequence || signature?.tag !== tags.sequence) return null;
  const fields = readDer(toBeSigned.content) ?? [];
  // version [0] is optional; serial number, signature, issuer, validity, subject and public key follow
  const publicKey = fields[fields[0]?.tag === tags.context0 ? 6 : 5];
  const key = publicKey?.tag === tags.sequence ? publicKeyKind(publicKey) : null;
  return key && { key, signature: signature.content, extensions: extensionsIn(fields) };
}

function publicKeyKind(publicKey: DerElement): KeyKind | null {
  const [algorithm, bits] = readDer(publicKey.content) ?? [];
  if (algorithm?.tag !== tags.sequence || bits?.tag !== tags.bitString) return null;
  return keyKindOf(algorithm.content, () => integerAt(bits.content.subarray(1), 0));
}

export interface CertificateDetails {
  readonly x509: X509Certificate;
  readonly ca: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The extended key usages; null if the certificate does not limit its use. */
  readonly usages: readonly string[] | null;
}

/** The parts that OpenSSL parses; null if it cannot. */
export function detailsOf(der: Buffer): CertificateDetails | null {
  try {
    const x509 = new X509Certificate(der);
    // OpenSSL looks for PEM first. In the DER of a certificate that contains a PEM text it finds that other
    // certificate.
    if (!x509.raw.equals(der)) return null;
    const { ca, validFromDate: notBefore, validToDate: notAfter } = x509;
    if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) return null;
    // Undefined without the extension, other than its type says.
    const usages = (x509.keyUsage as readonly string[] | undefined) ?? null;
    return { x509, ca, notBefore, notAfter, usages };
  } catch {
    return null; // OpenSSL's message may contain parts of the input, and does not help the caller.
  }
}
