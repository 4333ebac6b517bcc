import { X509Certificate } from 'node:crypto';
import { type DerElement, readDer, readSequence, tags } from './der.js';
import { extensionsIn } from './extensions.js';
import { integerAt, type KeyKind, keyKindOf } from './public-key.js';

export interface CertificateOutline {
  readonly key: KeyKind;
  /** The content of the AlgorithmIdentifier. */
  readonly signature: Buffer;
  /** By the bytes of their identifiers, in hexadecimal. */
  readonly extensions: ReadonlyMap<string, Buffer>;
}

/** What has to be known before OpenSSL reads the certificate. */
export function outlineOf(der: Buffer): CertificateOutline | null {
  const [toBeSigned, signature] = readSequence(der) ?? [];
  if (toBeSigned?.tag !== tags.sequence || signature?.tag !== tags.sequence) return null;
  const fields = readDer(toBeSigned.content) ?? [];
  // version [0] may be left out; then serial number, signature, issuer, validity, subject, public key
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
  /** Null where the certificate does not limit its use. */
  readonly usages: readonly string[] | null;
}

/** What OpenSSL reads in it; null where it cannot. */
export function detailsOf(der: Buffer): CertificateDetails | null {
  try {
    const x509 = new X509Certificate(der);
    // It looks for PEM first, even in DER: a certificate with a PEM text inside would be read as that other one.
    if (!x509.raw.equals(der)) return null;
    const { ca, validFromDate: notBefore, validToDate: notAfter } = x509;
    if (Number.isNaN(notBefore.getTime()) || Number.isNaN(notAfter.getTime())) return null;
    // Typed as always there; it is undefined without the extension.
    const usages = (x509.keyUsage as readonly string[] | undefined) ?? null;
    return { x509, ca, notBefore, notAfter, usages };
  } catch {
    return null; // OpenSSL's message says nothing to who can act on it, and may hold parts of the input.
  }
}
