import 'reflect-metadata'; // Must be imported before @peculiar/x509.
import { randomBytes, webcrypto } from 'node:crypto';
import { X509CertificateGenerator } from '@peculiar/x509';

/** RSA, the most common kind: a body of about 3 KiB. */
const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

/** One key pair for all certificates, because generating it takes longer than the rest. */
let shared: Promise<webcrypto.CryptoKeyPair> | undefined;

/** JSON bodies of `count` uploads, each with another certificate. */
export async function newUploadBodies(count: number): Promise<string[]> {
  shared ??= webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await shared;
  const privateKey = pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const bodies = Array.from({ length: count }, async () => {
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: 'CN=origin-pull.example.com',
      // RFC 5280 §4.1.2.2: positive, so the first bit is 0.
      serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
      keys,
      signingAlgorithm: algorithm,
    });
    return JSON.stringify({
      certificate: pem('CERTIFICATE', certificate.rawData),
      private_key: privateKey,
    });
  });
  return Promise.all(bodies);
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
