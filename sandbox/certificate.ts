import { createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { refusals } from './errors.js';

/** What is kept of an uploaded certificate. Its private key is checked once and not kept. */
export interface LeafCertificate {
  /** SHA-256 of the DER: two uploads with the same one are the same certificate, whatever the layout of their PEM. */
  fingerprint: string;
  /** As the API returns it: 64 columns, with a newline at the end (terraform #5714). */
  pem: string;
  issuer: string;
  signature: string;
  /** In decimal. */
  serialNumber: string;
  expiresAt: Date;
}

/**
 * The names of cfssl, which Cloudflare's answers use (`SHA256WithRSA`); those of OpenSSL and Go differ. For ML-DSA, which
 * cfssl does not have, the names of FIPS 204 [unverified].
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
 * Expiry, key size, names and issuer are not checked: it is unknown which of them Cloudflare enforces, and the documentation
 * describes certificates of private CAs.
 *
 * @throws 1408, or 1412 for a CA
 */
export function readLeaf(pem: string): LeafCertificate {
  const x509 = parse(pem);
  if (x509.ca) throw refusals.notALeaf();
  return describe(x509);
}

/**
 * @throws 400 for a key that cannot be read (an encrypted one included), an ML-DSA key that is not a seed, and a key that belongs
 * to another certificate
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

/** Whether the PKCS #8 key holds the 32 bytes of the seed under the tag [0] (RFC 9881). OpenSSL also reads the other forms. */
function isSeed(pem: string): boolean {
  const base64 = /-----BEGIN PRIVATE KEY-----([^-]+)-----END/.exec(pem)?.[1] ?? '';
  return Buffer.from(base64, 'base64').includes(Buffer.from('04228020', 'hex'));
}

/**
 * Text around the block is ignored (RFC 7468, section 2). A text with more blocks than one is refused [unverified]: a chain, or a
 * private key beside the certificate.
 */
function parse(pem: string): X509Certificate {
  const blocks = pem.match(/^\uFEFF?[ \t]*-----BEGIN /gm) ?? [];
  if (blocks.length > 1) throw refusals.unparsableCertificate();
  try {
    const x509 = new X509Certificate(pem);
    // OpenSSL parses the public key only on access: a certificate with a damaged key gets this far.
    void x509.publicKey;
    return x509;
  } catch {
    throw refusals.unparsableCertificate();
  }
}

function describe(x509: X509Certificate): LeafCertificate {
  return {
    fingerprint: createHash('sha256').update(x509.raw).digest('hex'),
    // Re-encoded, so that nothing of the text around the block is returned.
    pem: x509.toString().trimEnd() + '\n',
    issuer: issuerName(x509),
    signature: signatureNames[x509.signatureAlgorithmOid] ?? 'Unknown Signature',
    serialNumber: decimal(x509.serialNumber),
    expiresAt: x509.validToDate,
  };
}

/** Cloudflare's examples have "GlobalSign", an organisation or a common name; which of them is [unverified]. */
function issuerName({ issuer = '' }: { issuer?: string }): string {
  const part = (name: string) => new RegExp(`^${name}=(.+)$`, 'm').exec(issuer)?.[1];
  return part('O') ?? part('CN') ?? issuer.split('\n').join(', ');
}

function decimal(hex: string): string {
  return hex.startsWith('-') ? `-${BigInt(`0x${hex.slice(1)}`)}` : `${BigInt(`0x${hex}`)}`;
}
