import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { refusals } from './errors.js';

/** What is kept of an uploaded certificate. Its private key is looked at once and forgotten. */
export interface LeafCertificate {
  /** Of the DER: what makes two uploads the same certificate, however their PEM is laid out. */
  fingerprint: string;
  /** As the API gives it back: 64 columns, a newline at the end whatever came in (terraform #5714). */
  pem: string;
  issuer: string;
  signature: string;
  /** Decimal. */
  serialNumber: string;
  expiresAt: Date;
}

/**
 * cfssl's names, which Cloudflare's answers use (`SHA256WithRSA`); OpenSSL's and Go's are different ones. For ML-DSA, which
 * cfssl does not have, those of FIPS 204 [unverified].
 */
const signatureNames: Record<string, string> = {
  '1.2.840.113549.1.1.4': 'MD5WithRSA',
  '1.2.840.113549.1.1.5': 'SHA1WithRSA',
  '1.2.840.113549.1.1.11': 'SHA256WithRSA',
  '1.2.840.113549.1.1.12': 'SHA384WithRSA',
  '1.2.840.113549.1.1.13': 'SHA512WithRSA',
  '1.2.840.10045.4.1': 'ECDSAWithSHA1',
  '1.2.840.10045.4.3.2': 'ECDSAWithSHA256',
  '1.2.840.10045.4.3.3': 'ECDSAWithSHA384',
  '1.2.840.10045.4.3.4': 'ECDSAWithSHA512',
  '2.16.840.1.101.3.4.3.17': 'ML-DSA-44',
  '2.16.840.1.101.3.4.3.18': 'ML-DSA-65',
  '2.16.840.1.101.3.4.3.19': 'ML-DSA-87',
};

/**
 * Expiry, key size, names and issuer are not looked at: which of them Cloudflare enforces here is unknown, and a
 * private CA is the documented use.
 *
 * @throws 1408, or 1412 for a CA
 */
export function readLeaf(pem: string): LeafCertificate {
  const x509 = parse(pem);
  if (x509.ca) throw refusals.notALeaf();
  return describe(x509);
}

/**
 * @throws 400 for a key that cannot be read (one with a passphrase among them), is ML-DSA in another form than its seed, or
 * belongs to another certificate
 */
export function checkPrivateKey(leaf: LeafCertificate, pem: string): void {
  const key = readKey(pem);
  if (key.asymmetricKeyType?.startsWith('ml-dsa') && !isSeed(pem)) throw refusals.expandedKey();
  if (!new X509Certificate(leaf.pem).checkPrivateKey(key)) throw refusals.keyMismatch();
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw refusals.unusableKey();
  }
}

/** Whether PKCS #8 holds the 32 bytes of the seed under the tag [0] (RFC 9881), where OpenSSL reads the other forms too. */
function isSeed(pem: string): boolean {
  const base64 = /-----BEGIN PRIVATE KEY-----([^-]+)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(base64, 'base64').includes(Buffer.from('04228020', 'hex'));
}

function parse(pem: string): X509Certificate {
  try {
    const x509 = new X509Certificate(pem);
    // OpenSSL reads the key only when asked: a certificate whose key is damaged gets this far.
    void x509.publicKey;
    return x509;
  } catch {
    throw refusals.unparsableCertificate();
  }
}

function describe(x509: X509Certificate): LeafCertificate {
  return {
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    // Re-encoded, so that nothing else from the text (a key pasted below the certificate) comes back.
    pem: x509.toString().trimEnd() + '\n',
    issuer: issuerName(x509),
    signature: signatureNames[x509.signatureAlgorithmOid] ?? 'Unknown Signature',
    serialNumber: decimal(x509.serialNumber),
    expiresAt: x509.validToDate,
  };
}

/** "GlobalSign" in Cloudflare's examples, so an organisation or a common name; which one is [unverified]. */
function issuerName({ issuer = '' }: { issuer?: string }): string {
  const part = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(issuer)?.[1];
  return part('O') ?? part('CN') ?? issuer.split('\n').join(', ');
}

function decimal(hex: string): string {
  return hex.startsWith('-') ? `-${BigInt(`0x${hex.slice(1)}`)}` : `${BigInt(`0x${hex}`)}`;
}
