import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { Seal } from './seal.js';
import { type CachedAnswer } from './store.js';

const keys: Record<string, KeyObject> = {
  k1: createSecretKey(randomBytes(32)),
  k2: createSecretKey(randomBytes(32)),
};
const place = { key: 'a place', generation: 'a.b.c' };
const answered: CachedAnswer = {
  answer: new Answer(200, Buffer.from('{"success":true,"result":"☃"}'), { 'x-a': 'b' }),
  etag: '"e"',
  storedAt: 1,
  freshUntil: 2,
  staleUntil: 3,
};

function aSeal(current: string, known = ['k1', 'k2']) {
  let unopened = 0;
  const seal = new Seal(
    { current, key: (kid) => (known.includes(kid) ? keys[kid] : undefined) },
    () => (unopened += 1),
  );
  return { seal, unopened: () => unopened };
}

function sealed(current = 'k1'): Buffer {
  const bytes = aSeal(current).seal.seal(place, answered);
  if (!bytes) throw new Error('It was not sealed.');
  return bytes;
}

describe('Seal', () => {
  it('An answer that an older key sealed opens', () => {
    const { seal, unopened } = aSeal('k2');
    const opened = seal.open(place, sealed('k1'));
    expect(opened).toMatchObject({ etag: '"e"', storedAt: 1, freshUntil: 2, staleUntil: 3 });
    expect(opened?.answer.status).toBe(200);
    expect(opened?.answer.headers).toEqual({ 'x-a': 'b' });
    expect(opened?.answer.body).toEqual(answered.answer.body);
    expect(opened?.answer.envelope.result).toBe('☃');
    expect(unopened()).toBe(0);
  });

  it('A sealed answer shows no plaintext and is different each time', () => {
    expect(sealed().includes('success')).toBe(false);
    expect(sealed().equals(sealed())).toBe(false);
  });

  it('A sealed answer does not open with an unknown key, at another place or generation', () => {
    const { seal, unopened } = aSeal('k2', ['k2']);
    expect(seal.open(place, sealed('k1'))).toBeNull();
    const all = aSeal('k1').seal;
    expect(all.open({ ...place, key: 'another' }, sealed())).toBeNull();
    expect(all.open({ ...place, generation: 'a.b.d' }, sealed())).toBeNull();
    expect(unopened()).toBe(1);
  });

  it('A sealed answer that is damaged or cut at any byte opens as null', () => {
    const { seal, unopened } = aSeal('k1');
    const bytes = sealed();
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(seal.open(place, damaged)).toBeNull();
      expect(seal.open(place, bytes.subarray(0, at))).toBeNull();
    }
    expect(unopened()).toBe(2 * bytes.length);
  });

  it('An answer with a body of more than 256 KiB is not sealed', () => {
    const body = (size: number) => ({ ...answered, answer: new Answer(200, Buffer.alloc(size), {}) });
    expect(aSeal('k1').seal.seal(place, body(256 * 1024))).not.toBeNull();
    expect(aSeal('k1').seal.seal(place, body(256 * 1024 + 1))).toBeNull();
  });
});
