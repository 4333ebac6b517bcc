import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { createHash, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const DAY_MS = 24 * 60 * 60 * 1000;

interface CertificateOptions {
  subject?: string;
  notBefore?: Date;
  notAfter?: Date;
  ca?: boolean;
  keyType?: 'ec' | 'rsa' | 'rsa1024';
  /** Whether the extended key usage clientAuth is there, or none at all. */
  clientAuth?: boolean;
  hash?: 'SHA-1' | 'SHA-256';
}

export interface TestCertificate {
  /** PEM, as Cloudflare gives it back: with a newline at the end. */
  certificate: string;
  /** PKCS#8 PEM. */
  privateKey: string;
  /** Hexadecimal, lower case, of the DER. */
  fingerprintSha256: string;
}

/** By default a leaf for clientAuth with a P-256 key, valid from yesterday for 90 days; each one new. */
export async function aCertificate(options: CertificateOptions = {}): Promise<TestCertificate> {
  const {
    subject = 'CN=origin-pull.example.com',
    notBefore = new Date(Date.now() - DAY_MS),
    notAfter = new Date(notBefore.getTime() + 90 * DAY_MS),
    ca = false,
    keyType = 'ec',
    clientAuth = true,
    hash = 'SHA-256',
  } = options;
  const keys = await generateKeys(keyType, hash);
  const x509 = await X509CertificateGenerator.createSelfSigned({
    name: subject,
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: { ...keys.privateKey.algorithm, hash },
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      new KeyUsagesExtension(ca ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature, true),
      ...(clientAuth ? [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])] : []),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate: `${x509.toString('pem').trim()}\n`,
    privateKey: pem('PRIVATE KEY', pkcs8),
    fingerprintSha256: createHash('sha256').update(Buffer.from(x509.rawData)).digest('hex'),
  };
}

async function generateKeys(
  keyType: 'ec' | 'rsa' | 'rsa1024',
  hash: string,
): Promise<webcrypto.CryptoKeyPair> {
  const algorithm =
    keyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : {
          name: 'RSASSA-PKCS1-v1_5',
          hash,
          publicExponent: new Uint8Array([1, 0, 1]),
          modulusLength: keyType === 'rsa' ? 2048 : 1024,
        };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
