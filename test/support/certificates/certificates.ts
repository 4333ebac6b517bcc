import 'reflect-metadata'; // @peculiar/x509 needs it before itself
import { createHash, createPrivateKey, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  Extension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PublicKey,
  X509CertificateGenerator,
} from '@peculiar/x509';

export { KeyUsageFlags };

const netscapeCertType = '2.16.840.1.113730.1.1';
const netscapeComment = '2.16.840.1.113730.1.13';
const DAY_MS = 24 * 60 * 60 * 1000;

type KeyType = 'ec' | 'p384' | 'p521' | 'ed25519' | 'rsa' | 'rsa1024' | 'rsa3072' | 'rsa-pss';

interface CertificateOptions {
  subject?: string;
  /** By default the subject. */
  issuer?: string;
  notBefore?: Date;
  notAfter?: Date;
  ca?: boolean;
  keyType?: KeyType;
  /** Whether the extended key usage clientAuth is there, or none at all. */
  clientAuth?: boolean;
  /** Whether the extended key usage serverAuth is there as well. */
  serverAuth?: boolean;
  /** By default what its kind needs; null: the extension is left out. */
  keyUsages?: KeyUsageFlags | null;
  /** The bits of Netscape's certificate type; by default it is left out. */
  netscapeType?: number;
  /** Text in an extension that nobody reads. */
  comment?: string;
  /** DER of a SubjectPublicKeyInfo to put in the place of the real one. */
  publicKey?: Buffer;
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
    issuer = subject,
    notBefore = new Date(Date.now() - DAY_MS),
    notAfter = new Date(notBefore.getTime() + 90 * DAY_MS),
    ca = false,
    keyType = 'ec',
    clientAuth = true,
    serverAuth = false,
    keyUsages = ca ? KeyUsageFlags.keyCertSign : KeyUsageFlags.digitalSignature,
    netscapeType,
    comment,
    publicKey,
    hash = 'SHA-256',
  } = options;
  const keys = await generateKeys(keyType, hash);
  const usages = [
    ...(clientAuth ? [ExtendedKeyUsage.clientAuth] : []),
    ...(serverAuth ? [ExtendedKeyUsage.serverAuth] : []),
  ];
  const x509 = await X509CertificateGenerator.create({
    subject,
    issuer,
    notBefore,
    notAfter,
    publicKey: publicKey ? new PublicKey(publicKey) : keys.publicKey,
    signingKey: keys.privateKey,
    // The salt is for RSA-PSS alone.
    signingAlgorithm: { ...keys.privateKey.algorithm, hash, saltLength: 32 },
    extensions: [
      new BasicConstraintsExtension(ca, undefined, true),
      ...(keyUsages === null ? [] : [new KeyUsagesExtension(keyUsages, true)]),
      ...(netscapeType === undefined
        ? []
        : [new Extension(netscapeCertType, false, der(0x03, Buffer.from([0, netscapeType])))]),
      ...(usages.length > 0 ? [new ExtendedKeyUsageExtension(usages)] : []),
      ...(comment === undefined ? [] : [new Extension(netscapeComment, false, Buffer.from(comment))]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return {
    certificate: `${x509.toString('pem').trim()}\n`,
    privateKey: pem('PRIVATE KEY', pkcs8),
    fingerprintSha256: createHash('sha256').update(Buffer.from(x509.rawData)).digest('hex'),
  };
}

/** A certificate and a key that say RSA and have a modulus of so many bits: made up, as a real one takes seconds. */
export async function aPairWithModulus(
  bits: number,
  options: CertificateOptions = {},
): Promise<{ certificate: string; privateKey: string; pkcs1: string }> {
  const number = (size: number) => {
    const bytes = Buffer.alloc(Math.ceil(size / 8), 0xff);
    bytes[0] = 0xff >> (bytes.length * 8 - size);
    return der(0x02, Buffer.from([0]), bytes);
  };
  const small = (value: number) => der(0x02, Buffer.from([value]));
  const algorithm = der(0x30, Buffer.from('06092a864886f70d0101010500', 'hex'));
  const publicKey = der(0x30, number(bits), small(3));
  const halves = Array.from({ length: 5 }, () => number(Math.ceil(bits / 2)));
  const privateKey = der(0x30, small(0), number(bits), small(3), number(bits), ...halves);
  const { certificate } = await aCertificate({
    ...options,
    publicKey: der(0x30, algorithm, der(0x03, Buffer.from([0]), publicKey)),
  });
  return {
    certificate,
    privateKey: pem('PRIVATE KEY', der(0x30, small(0), algorithm, der(0x04, privateKey))),
    pkcs1: pem('RSA PRIVATE KEY', privateKey),
  };
}

/** DER of a PKCS #8 DSA key with numbers so large that OpenSSL takes seconds to read it. */
export function aHugeDsaKey(): Buffer {
  const number = (bytes: number) => der(0x02, Buffer.from([0]), Buffer.alloc(bytes, 0xff));
  const parameters = der(0x30, number(3800), number(3800), der(0x02, Buffer.from([3])));
  const algorithm = der(0x30, Buffer.from('06072a8648ce380401', 'hex'), parameters);
  return der(0x30, der(0x02, Buffer.from([0])), algorithm, der(0x04, number(3000)));
}

/** The same key with a passphrase, in the format of today and in OpenSSL's old one. */
export function encrypt(privateKey: string): { pkcs8: string; legacy: string } {
  const key = createPrivateKey(privateKey);
  const protection = { format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' } as const;
  return {
    pkcs8: key.export({ type: 'pkcs8', ...protection }).toString(),
    legacy: key.export({ type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', ...protection }).toString(),
  };
}

/** The same RSA certificate, saying that it is signed with MD5. The signature is not true to it: nobody verifies it. */
export function claimMd5(certificate: string): string {
  const sha256 = Buffer.from('2a864886f70d01010b', 'hex');
  const bytes = derOf(certificate);
  for (let at = bytes.indexOf(sha256); at !== -1; at = bytes.indexOf(sha256, at)) bytes[at + 8] = 0x04;
  return pem('CERTIFICATE', bytes);
}

export function derOf(text: string): Buffer {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

async function generateKeys(keyType: KeyType, hash: string): Promise<webcrypto.CryptoKeyPair> {
  const rsa = (modulusLength: number, name = 'RSASSA-PKCS1-v1_5') => ({
    name,
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength,
  });
  const algorithms = {
    ec: { name: 'ECDSA', namedCurve: 'P-256' },
    p384: { name: 'ECDSA', namedCurve: 'P-384' },
    p521: { name: 'ECDSA', namedCurve: 'P-521' },
    ed25519: { name: 'Ed25519' },
    rsa: rsa(2048),
    rsa1024: rsa(1024),
    rsa3072: rsa(3072),
    'rsa-pss': rsa(2048, 'RSA-PSS'),
  };
  // Declared for each kind of algorithm apart; all of these are of kinds that give a pair.
  const keys = await webcrypto.subtle.generateKey(algorithms[keyType], true, ['sign', 'verify']);
  return keys as webcrypto.CryptoKeyPair;
}

/** One element of DER. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

export function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
