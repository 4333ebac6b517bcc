import { type DerElement, readDer, readSequence, tags } from './der.js';

/** The properties of a key that decide whether it can be used. */
export type KeyKind =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: Curve }
  | { readonly type: 'eddsa' }
  | { readonly type: 'ml-dsa'; readonly parameterSet: string }
  /** A kind that TLS 1.3 has no signature for. */
  | { readonly type: 'unsuitable' }
  /** A kind that this version does not know, with its object identifier. */
  | { readonly type: 'unknown'; readonly oid: string };

/** `tls`: TLS 1.3 has a signature scheme for it. `explicit`: given by parameters. `unnamed`: not given. */
type Curve = 'tls' | 'explicit' | 'unnamed' | 'other';

// Object identifiers are compared as the hexadecimal text of their bytes.
export const rsaPss = '2a864886f70d01010a';
const rsa = new Set(['2a864886f70d010101', rsaPss]); // rsaEncryption, RSASSA-PSS
const ec = '2a8648ce3d0201';
const eddsa = new Set(['2b6570', '2b6571']); // Ed25519, Ed448
const mlDsa: ReadonlyMap<string, string> = new Map([
  ['608648016503040311', 'ML-DSA-44'],
  ['608648016503040312', 'ML-DSA-65'],
  ['608648016503040313', 'ML-DSA-87'],
]);
const unsuitable = new Set([
  '2a8648ce380401', // DSA
  '2b0e03020c', // DSA, of OIW
  '2b0e03021b', // dsaWithSHA1, of OIW, which OpenSSL accepts for a key
  '2a8648ce380403', // dsaWithSHA1, likewise
  '2a864886f70d010301', // Diffie-Hellman, of PKCS #3
  '2a8648ce3e0201', // Diffie-Hellman, of X9.42
  '2b656e', // X25519
  '2b656f', // X448
  '608648016503040401', // ML-KEM-512
  '608648016503040402', // ML-KEM-768
  '608648016503040403', // ML-KEM-1024
]);
/** The curves that TLS 1.3 has signature schemes for: RFC 8446, RFC 8734 (Brainpool), RFC 8998 (SM2). */
const tlsCurves = new Set([
  '2a8648ce3d030107', // P-256
  '2b81040022', // P-384
  '2b81040023', // P-521
  '2b2403030208010107', // brainpoolP256r1
  '2b240303020801010b', // brainpoolP384r1
  '2b240303020801010d', // brainpoolP512r1
  '2a811ccf5501822d', // SM2
]);

/**
 * The kind of key that an AlgorithmIdentifier names; null if it cannot be read.
 *
 * @param modulus reads the modulus of an RSA key; called for RSA only, null if there is no modulus
 */
export function keyKindOf(algorithm: Buffer, modulus: () => Buffer | null): KeyKind | null {
  const [identifier, parameters] = readDer(algorithm) ?? [];
  if (identifier?.tag !== tags.objectIdentifier) return null;
  const oid = identifier.content.toString('hex');
  if (rsa.has(oid)) return rsaKind(modulus());
  if (oid === ec) return { type: 'ec', curve: curveOf(parameters) };
  if (eddsa.has(oid)) return { type: 'eddsa' };
  const parameterSet = mlDsa.get(oid);
  if (parameterSet !== undefined) return { type: 'ml-dsa', parameterSet };
  return unsuitable.has(oid) ? { type: 'unsuitable' } : { type: 'unknown', oid };
}

export function curveOf(parameters: DerElement | undefined): Curve {
  if (parameters?.tag === tags.sequence) return 'explicit';
  if (parameters?.tag !== tags.objectIdentifier) return 'unnamed';
  return tlsCurves.has(parameters.content.toString('hex')) ? 'tls' : 'other';
}

/** The content of the INTEGER at this index of a SEQUENCE; null without one. */
export function integerAt(sequence: Buffer, index: number): Buffer | null {
  const element = readSequence(sequence)?.[index];
  return element?.tag === tags.integer ? element.content : null;
}

/** Null without a modulus. */
export function rsaKind(modulus: Buffer | null): KeyKind | null {
  return modulus && { type: 'rsa', bits: bitsOf(modulus) };
}

/** The length of an INTEGER in bits, without leading zeros. Does not compute with the number. */
function bitsOf(integer: Buffer): number {
  const first = integer.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (integer.length - first) * 8 - (Math.clz32(integer[first] ?? 0) - 24);
}

/**
 * Why no origin accepts such a key, and how to replace it: the end of a sentence that starts with "The key is". Null if
 * an origin may accept it; Cloudflare decides about these, and accepts more kinds over time.
 *
 * - RSA: at least 2048 bits, the minimum of certificate authorities and of OpenSSL's default security level. At most
 *   4096 bits: handshakes and the checks of OpenSSL take too long beyond, so the size is checked before OpenSSL parses
 *   the key.
 * - EC: a named curve that TLS 1.3 has a signature scheme for. RFC 5480 forbids explicit parameters.
 * - Ed25519 and Ed448: TLS 1.3 supports them. It is not verified whether Cloudflare accepts them.
 * - ML-DSA: Cloudflare documents it for Authenticated Origin Pulls.
 */
export function whyUnusable(kind: KeyKind, of: 'certificate' | 'private key'): string | null {
  switch (kind.type) {
    case 'rsa':
      if (kind.bits < 2048) return `RSA of ${kind.bits} bits, and 2048 are the least. ${advice}`;
      if (kind.bits > 4096) return `RSA of ${kind.bits} bits, and 4096 are the most. ${advice}`;
      return null;
    case 'ec':
      if (kind.curve === 'unnamed') return `EC, and does not name its curve. ${advice}`;
      if (kind.curve === 'other') return `EC on a curve that TLS 1.3 does not use. ${advice}`;
      return kind.curve === 'explicit' ? explicitCurve[of] : null;
    case 'unsuitable':
      return `of a kind that TLS 1.3 has no signature for. ${advice}`;
    default:
      return null;
  }
}

const advice = 'Make a new key, RSA of 2048 to 4096 bits or EC P-256, and have a certificate issued for it.';

const explicitCurve = {
  certificate:
    'EC, and its curve is spelt out in parameters instead of named. Name the curve in the key, and have the certificate issued again for it: openssl ec -in key.pem -param_enc named_curve -out named.pem',
  'private key':
    'EC, and its curve is spelt out in parameters instead of named. Name the curve: openssl ec -in key.pem -param_enc named_curve -out named.pem',
};

/**
 * Whether OpenSSL reads such a key in bounded time. It computes with the numbers of a key, which the sender chooses. Keys
 * that no origin accepts are not read, except for short RSA keys. OpenSSL does not parse the public key of an unknown kind.
 */
export function isCheapToRead(kind: KeyKind): boolean {
  return kind.type === 'rsa' ? kind.bits <= 4096 : whyUnusable(kind, 'private key') === null;
}
