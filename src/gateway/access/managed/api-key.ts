import { hash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const form = /^opg_([0-9A-Za-z]{8})([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** 43 digits of base 62 hold 256 bits: a plain hash of such a secret cannot be reversed by trying. */
const lengths = { id: 8, secret: 43, checksum: 6 };

/** The prefix of every API key: a scanner of secrets finds it, and tells by the checksum whether it is one. */
export const apiKeyPrefix = 'opg_';

/** A new API key: `opg_`, an id of 8 characters, a secret of 43, and a CRC-32 of both in 6. */
export function newApiKey(): { readonly id: string; readonly key: string } {
  const id = randomText(lengths.id);
  const body = id + randomText(lengths.secret);
  return { id, key: `${apiKeyPrefix}${body}${checksumOf(body)}` };
}

/** The id in a key; null for a text that is none, or has a typing error. */
export function idOfApiKey(key: string): string | null {
  const [, id = '', secret = '', checksum] = form.exec(key) ?? [];
  return checksum !== undefined && checksum === checksumOf(id + secret) ? id : null;
}

/** What is kept of a key: SHA-256 in lower-case hex. */
export function digestOfApiKey(key: string): string {
  return hash('sha256', key, 'hex');
}

/** Whether a key has this digest, in constant time. */
export function hasDigest(key: string, digest: string): boolean {
  return timingSafeEqual(Buffer.from(digestOfApiKey(key), 'hex'), Buffer.from(digest, 'hex'));
}

function randomText(length: number): string {
  return Array.from({ length }, () => digits[randomInt(digits.length)]).join('');
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  while (checksum.length < lengths.checksum) {
    checksum = `${digits[rest % digits.length]}${checksum}`;
    rest = Math.floor(rest / digits.length);
  }
  return checksum;
}
