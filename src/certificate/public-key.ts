import { type DerElement, readDer, readSequence, tags } from './der.js';

/** What a key is, as far as it decides whether it can be used. */
export type KeyKind =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' | 'other' }
  | { readonly type: 'ed25519' | 'other' };

/** Of the identifiers, the bytes: nothing here has to print them. */
const oids = {
  rsa: '2a864886f70d010101',
  rsaPss: '2a864886f70d01010a',
  ec: '2a8648ce3d0201',
  ed25519: '2b6570',
};
const curves: ReadonlyMap<string, 'P-256' | 'P-384' | 'P-521'> = new Map([
  ['2a8648ce3d030107', 'P-256'],
  ['2b81040022', 'P-384'],
  ['2b81040023', 'P-521'],
]);

/**
 * The kind of key that an AlgorithmIdentifier announces; null where it is none.
 *
 * @param modulus of an RSA key: called for no other kind, null where it cannot be found.
 */
export function keyKindOf(algorithm: Buffer, modulus: () => Buffer | null): KeyKind | null {
  const [oid, parameters] = readDer(algorithm) ?? [];
  if (oid?.tag !== tags.objectIdentifier) return null;
  switch (oid.content.toString('hex')) {
    case oids.rsa:
    case oids.rsaPss: {
      const n = modulus();
      return n === null ? null : { type: 'rsa', bits: bitsOf(n) };
    }
    case oids.ec:
      return { type: 'ec', curve: curveOf(parameters) };
    case oids.ed25519:
      return { type: 'ed25519' };
    default:
      return { type: 'other' };
  }
}

export function curveOf(parameters: DerElement | undefined): 'P-256' | 'P-384' | 'P-521' | 'other' {
  if (parameters?.tag !== tags.objectIdentifier) return 'other'; // A curve described, not named.
  return curves.get(parameters.content.toString('hex')) ?? 'other';
}

/** The INTEGER at this place of a SEQUENCE. */
export function integerAt(sequence: Buffer, index: number): Buffer | null {
  const element = readSequence(sequence)?.[index];
  return element?.tag === tags.integer ? element.content : null;
}

/** Counted, not computed: so it costs the same for any size. */
export function bitsOf(integer: Buffer): number {
  const first = integer.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (integer.length - first) * 8 - (Math.clz32(integer[first] ?? 0) - 24);
}

/**
 * Why no origin would take such a key, and what to do, to go on after "the key is "; null where one might: Cloudflare is
 * to decide then.
 *
 * - RSA from 2048 bits: what certificate authorities and OpenSSL's default level ask for. To 4096: beyond, a single
 *   handshake costs much, and so would looking closer, which is why this is asked before OpenSSL sees the key.
 * - EC on P-256, P-384 or P-521: the NIST curves that TLS 1.3 can sign with (RFC 8446, 4.2.3).
 * - Ed25519 is in TLS 1.3 too. Whether Cloudflare takes it is unverified, so it is not refused here.
 * - Anything else (DSA, X25519, Ed448, secp256k1, curves spelt out in parameters, ML-DSA) signs no handshake with an origin
 *   today.
 */
export function whyUnusable(kind: KeyKind): string | null {
  switch (kind.type) {
    case 'rsa':
      if (kind.bits < 2048) return `RSA of ${kind.bits} bits, and 2048 are the least. ${advice}`;
      if (kind.bits > 4096) return `RSA of ${kind.bits} bits, and 4096 are the most. ${advice}`;
      return null;
    case 'ec':
      return kind.curve === 'other' ? `EC on a curve that TLS 1.3 does not use. ${advice}` : null;
    case 'ed25519':
      return null;
    case 'other':
      return `of a kind that origins do not take. ${advice}`;
  }
}

const advice = 'Make a new key, RSA of 2048 to 4096 bits or EC P-256, and have a certificate issued for it.';

/**
 * Whether OpenSSL may read such a key: where not, it would compute with numbers of the sender's choice. Just to read a
 * DSA key of 10 KB, which is to work out its public half, takes 9.5 s.
 */
export function isCheapToRead(kind: KeyKind): boolean {
  switch (kind.type) {
    case 'rsa':
      return kind.bits <= 4096;
    case 'ec':
      return kind.curve !== 'other';
    case 'ed25519':
      return true;
    case 'other':
      return false;
  }
}
