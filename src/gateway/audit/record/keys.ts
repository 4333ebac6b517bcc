import { createHmac, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type KeyRing } from '../../../platform/keys/key-ring.js';
import { type ChainKey, canonical } from './record.js';

type FingerprintKind = 'api_token' | 'api_key' | 'email' | 'ip' | 'user_agent' | 'actor';

/** The keys of the log, from the ring of the installation. */
export class AuditKeys {
  private readonly signing: KeyObject;
  private readonly fingerprinting: KeyObject;

  constructor(private readonly ring: KeyRing) {
    this.signing = ring.signingKey();
    // From the root key, which no rotation changes: a caller keeps the same fingerprint.
    this.fingerprinting = need(ring.derive(ring.root, 'fingerprint'));
  }

  /** The key of new records. */
  get current(): ChainKey {
    const kid = this.ring.current;
    return { kid, key: need(this.chain(kid)) };
  }

  /** Undefined if the ring has no such key. */
  chain(kid: string): KeyObject | undefined {
    return this.ring.derive(kid, 'audit-chain');
  }

  /** `fp_` and 128 bits: enough to tell callers apart. It cannot be reversed without the key. */
  fingerprint(kind: FingerprintKind, ...parts: string[]): string {
    const text = JSON.stringify([kind, ...parts]);
    return `fp_${createHmac('sha256', this.fingerprinting).update(text).digest('hex').slice(0, 32)}`;
  }

  /** Ed25519 over the canonical JSON, base64url. */
  sign(value: object): string {
    return sign(null, Buffer.from(canonical(value)), this.signing).toString('base64url');
  }

  isSigned(value: object, signature: string): boolean {
    const text = Buffer.from(canonical(value));
    return verify(null, text, createPublicKey(this.signing), Buffer.from(signature, 'base64url'));
  }
}

function need(key: KeyObject | undefined): KeyObject {
  if (!key) throw new Error('The key ring lacks its own current or root key.');
  return key;
}
