import { describe, expect, it } from '@jest/globals';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { type Copy, RedisCopies } from './copies.js';

function aCopy(fill: string, bytes = 1000): Copy {
  const answer = new Answer(200, Buffer.alloc(bytes), {});
  return { fill, cached: { answer, etag: '""', storedAt: 0, freshUntil: 0, staleUntil: 0 } };
}

describe('RedisCopies', () => {
  it('holds no more than it may, and drops what was used least recently', () => {
    const copies = new RedisCopies(12_000);
    copies.keep('a', aCopy('1'));
    copies.keep('b', aCopy('2'));
    copies.get('a');
    copies.keep('c', aCopy('3'));
    expect(copies.get('b')).toBeUndefined();
    expect(copies.get('a')?.fill).toBe('1');
    expect(copies.heldBytes).toBeLessThanOrEqual(12_000);
  });

  it('counts what it replaces and drops', () => {
    const copies = new RedisCopies(12_000);
    for (let i = 0; i < 10; i += 1) copies.keep('a', aCopy(String(i)));
    expect(copies.get('a')?.fill).toBe('9');
    copies.drop('a');
    copies.drop('a');
    expect(copies.heldBytes).toBe(0);
  });

  it('keeps nothing that is larger than all it may hold', () => {
    const copies = new RedisCopies(12_000);
    copies.keep('a', aCopy('1', 12_000));
    expect(copies.get('a')).toBeUndefined();
    expect(copies.heldBytes).toBe(0);
  });
});
