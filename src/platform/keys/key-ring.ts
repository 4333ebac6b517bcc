import {
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { z } from 'zod';
import { createKeyFile, readKeyFile, replaceKeyFile } from './key-file.js';
import { SettingsError } from '../config/settings.js';

const kid = z.string().regex(/^[A-Za-z0-9_-]{1,32}$/, 'must be 1 to 32 letters, digits, - or _');
const keyBytes = 32;

const ringSchema = z
  .object({
    current: kid.describe('The key that seals and signs from now on.'),
    root: kid.describe(
      'The key that names are derived from. It stays when keys are rotated: two processes that name a zone differently would not see each other’s changes.',
    ),
    keys: z.record(kid, z.base64('must be base64').refine(is32Bytes, 'must be 32 bytes')),
    signing: z.string().refine(isEd25519, 'must be an Ed25519 private key, PKCS #8 in PEM'),
  })
  .refine((ring) => Object.hasOwn(ring.keys, ring.current), { path: ['current'], error: 'must name a key' })
  .refine((ring) => Object.hasOwn(ring.keys, ring.root), { path: ['root'], error: 'must name a key' });

type Ring = z.output<typeof ringSchema>;

/** What keys are derived for; each purpose has its own. */
export type KeyPurpose = 'cache-seal' | 'cache-names' | 'fingerprint' | 'audit-chain' | 'loop-mark';

/** The keys of an installation. All replicas have the same. */
export class KeyRing {
  private readonly derived = new Map<string, KeyObject>();

  constructor(private readonly ring: Ring) {}

  get current(): string {
    return this.ring.current;
  }

  /** The id of the key that names are derived from. It differs from `current` after a rotation. */
  get root(): string {
    return this.ring.root;
  }

  /**
   * 32 bytes by HKDF-SHA256 (RFC 5869); undefined if the key is not known. A `KeyObject` does not print its bytes, and
   * makes an HMAC six times as fast.
   */
  derive(kid: string, purpose: KeyPurpose): KeyObject | undefined {
    const name = `${purpose} ${kid}`;
    const known = this.derived.get(name);
    if (known) return known;
    if (!Object.hasOwn(this.ring.keys, kid)) return undefined;
    const key = Buffer.from(this.ring.keys[kid] ?? '', 'base64');
    const bytes = hkdfSync('sha256', key, '', `origin-pulls-gateway ${purpose}`, keyBytes);
    const derived = createSecretKey(Buffer.from(bytes));
    this.derived.set(name, derived);
    return derived;
  }

  signingKey(): KeyObject {
    return createPrivateKey(this.ring.signing);
  }
}

/** Injects the `KeyRing` of this installation. */
export const KEY_RING = Symbol('key ring');

export interface LoadedKeyRing {
  readonly ring: KeyRing;
  /** Whether it was created. */
  readonly isNew: boolean;
  /** A warning about its file, to log once. */
  readonly warning: string | null;
}

/**
 * Reads the key ring. Creates it if there is none and it may be created: replicas that share it would each create their own.
 *
 * @throws SettingsError that says what to do, and no value
 */
export function loadKeyRing(path: string, { mayCreate }: { mayCreate: boolean }): LoadedKeyRing {
  const found = readKeyFile(path);
  if (found) return { ring: new KeyRing(parse(path, found.text)), isNew: false, warning: found.warning };
  if (!mayCreate) {
    throw new SettingsError([
      `KEYS_FILE: there is no file ${path}. With Redis or PostgreSQL all replicas need the same: make it once with \`npm run keys -- init\`, and give it to each.`,
    ]);
  }
  const isNew = initKeyRing(path);
  // Another process may have created the file first: what the file contains counts.
  return { ring: new KeyRing(parse(path, readKeyFile(path)?.text ?? '')), isNew, warning: null };
}

/** Makes a key ring. False where there is a file already, which stays as it is. */
export function initKeyRing(path: string): boolean {
  const first = newKid([]);
  const { privateKey } = generateKeyPairSync('ed25519');
  const signing = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return createKeyFile(path, print({ current: first, root: first, keys: { [first]: newKey() }, signing }));
}

/** Adds a key and makes it the current one; those that are there still open what they sealed. Returns its id. */
export function rotateKeyRing(path: string): string {
  const found = readKeyFile(path);
  if (!found) throw new SettingsError([`KEYS_FILE: there is no file ${path}.`]);
  const ring = parse(path, found.text);
  const current = newKid(Object.keys(ring.keys));
  replaceKeyFile(path, print({ ...ring, current, keys: { ...ring.keys, [current]: newKey() } }));
  return current;
}

function parse(path: string, text: string): Ring {
  const result = ringSchema.safeParse(parseJson(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const where = issue.path.length > 0 ? `${issue.path.map(String).join('.')}: ` : '';
    return `KEYS_FILE: ${path}: ${where}${issue.message}`;
  });
  throw new SettingsError(problems);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function print(ring: Ring): string {
  return `${JSON.stringify(ring, null, 2)}\n`;
}

/** When it was made, and what tells it from another of that day. */
function newKid(known: readonly string[]): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  for (;;) {
    const made = `k${day}-${randomBytes(2).toString('hex')}`;
    if (!known.includes(made)) return made;
  }
}

function newKey(): string {
  return randomBytes(keyBytes).toString('base64');
}

function is32Bytes(text: string): boolean {
  return Buffer.from(text, 'base64').length === keyBytes;
}

function isEd25519(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
}
