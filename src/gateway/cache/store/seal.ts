import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { type CachedAnswer } from './store.js';

/** The current key seals values; each known key opens them. */
export interface SealingKeys {
  readonly current: string;
  /** 32 bytes; undefined if the id is unknown. */
  key(kid: string): KeyObject | undefined;
}

/** Additional authenticated data: a value that was moved to another key or generation does not open. */
export interface SealedPlace {
  readonly key: string;
  readonly generation: string;
}

const mostBytes = 256 * 1024;
const version = 1;
const ivBytes = 12;
const tagBytes = 16;

/** The JSON before the body in the plaintext. */
type Head = [
  status: number,
  etag: string,
  storedAt: number,
  freshUntil: number,
  staleUntil: number,
  headers: Record<string, string>,
];

/**
 * Encrypts cached answers with AES-256-GCM: `version, length of kid, kid, iv, tag, ciphertext`. The nonces are random, so a key
 * should not seal more than 2^32 values: 49 days at 1,000 a second. `npm run keys -- rotate` makes a new key.
 */
export class Seal {
  constructor(
    private readonly keys: SealingKeys,
    /** Called for each value that does not open, which is normal only after a rotation. */
    private readonly onUnopened: () => void = () => undefined,
  ) {}

  /** Null if the answer is too large to be stored. */
  seal(place: SealedPlace, cached: CachedAnswer): Buffer | null {
    const { answer, etag, storedAt, freshUntil, staleUntil } = cached;
    if (answer.body.length > mostBytes) return null;
    const kid = this.keys.current;
    const key = this.keys.key(kid);
    if (!key) return null;
    const values: Head = [answer.status, etag, storedAt, freshUntil, staleUntil, answer.headers];
    const head = Buffer.from(JSON.stringify(values));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
    cipher.setAAD(associated(place, kid));
    const text = [cipher.update(length), cipher.update(head), cipher.update(answer.body), cipher.final()];
    return Buffer.concat([header(kid), iv, cipher.getAuthTag(), ...text]);
  }

  /** Null if the value does not open: garbage, moved from another place, or sealed with an unknown key. */
  open(place: SealedPlace, sealed: Buffer): CachedAnswer | null {
    try {
      const opened = this.tryToOpen(place, sealed);
      if (opened) return opened;
    } catch {
      // Counted below.
    }
    this.onUnopened();
    return null;
  }

  private tryToOpen(place: SealedPlace, sealed: Buffer): CachedAnswer | null {
    if (sealed[0] !== version) return null;
    const ivAt = 2 + (sealed[1] ?? 0);
    const kid = sealed.toString('latin1', 2, ivAt);
    const key = this.keys.key(kid);
    if (!key) return null;
    const textAt = ivAt + ivBytes + tagBytes;
    const iv = sealed.subarray(ivAt, ivAt + ivBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
    decipher.setAAD(associated(place, kid));
    decipher.setAuthTag(sealed.subarray(ivAt + ivBytes, textAt));
    const text = decipher.update(sealed.subarray(textAt));
    decipher.final();
    const bodyAt = 4 + text.readUInt32BE(0);
    // Authenticated, so it has the shape that `seal` gave it.
    const head = JSON.parse(text.toString('utf8', 4, bodyAt)) as Head;
    const [status, etag, storedAt, freshUntil, staleUntil, headers] = head;
    const answer = new Answer(status, text.subarray(bodyAt), headers);
    return { answer, etag, storedAt, freshUntil, staleUntil };
  }
}

function header(kid: string): Buffer {
  return Buffer.from([version, kid.length, ...Buffer.from(kid, 'latin1')]);
}

function associated({ key, generation }: SealedPlace, kid: string): Buffer {
  return Buffer.from(JSON.stringify([version, kid, key, generation]));
}
