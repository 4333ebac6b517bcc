import { describe, expect, it } from '@jest/globals';
import { hash } from 'node:crypto';
import { digestOfApiKey, hasDigest, idOfApiKey, newApiKey } from './api-key.js';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Of 2026-08, in the schema of `api_token` of Terraform's provider for Cloudflare. */
const terraformPattern = /^[0-9A-Za-z\-_]{40,80}$/;

describe('An API key', () => {
  it('Has a prefix, an id of 8, a secret of 43 and a checksum of 6, as Terraform takes it', () => {
    for (let count = 0; count < 200; count += 1) {
      const { id, key } = newApiKey();

      expect(key).toMatch(/^opg_[0-9A-Za-z]{57}$/);
      expect(key).toMatch(terraformPattern);
      expect(key.slice(4, 12)).toBe(id);
      expect(idOfApiKey(key)).toBe(id);
    }
  });

  it('Is another one each time', () => {
    const keys = Array.from({ length: 1000 }, () => newApiKey());

    expect(new Set(keys.map(({ id }) => id)).size).toBe(1000);
    expect(new Set(keys.map(({ key }) => key.slice(12, 55))).size).toBe(1000);
  });

  it('Has no id with any one character changed, left out, doubled or two of them swapped', () => {
    const { key } = newApiKey();
    const body = [...key].slice(4);
    const changed = body.flatMap((own, at) =>
      [...digits].filter((digit) => digit !== own).map((digit) => body.with(at, digit)),
    );
    const leftOut = body.map((_, at) => body.toSpliced(at, 1));
    const doubled = body.map((own, at) => body.toSpliced(at, 0, own));
    const swapped = body
      .slice(1)
      .map((own, at) => body.with(at, own).with(at + 1, body[at] ?? ''))
      .filter((other) => other.join('') !== body.join(''));

    const found = [...changed, ...leftOut, ...doubled, ...swapped].filter(
      (other) => idOfApiKey(`opg_${other.join('')}`) !== null,
    );

    expect(changed).toHaveLength(57 * 61);
    expect(found).toEqual([]);
  });

  it.each([
    '',
    'opg_',
    'opg',
    `OPG_${'a'.repeat(57)}`,
    ` ${newApiKey().key}`,
    `${newApiKey().key}\n`,
    'ü'.repeat(61),
  ])('Is not %j', (text) => {
    expect(idOfApiKey(text)).toBeNull();
  });

  it('Is known by its SHA-256', () => {
    const { key } = newApiKey();

    expect(digestOfApiKey(key)).toBe(hash('sha256', key, 'hex'));
    expect(hasDigest(key, digestOfApiKey(key))).toBe(true);
    expect(hasDigest(newApiKey().key, digestOfApiKey(key))).toBe(false);
  });
});
