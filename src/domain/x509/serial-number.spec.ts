import { describe, expect, it } from '@jest/globals';
import { hexSerialOf } from './serial-number.js';

describe('hexSerialOf', () => {
  it.each([
    ['4578', '11e2'],
    ['0', '00'],
    ['10', '0a'],
    ['256', '0100'],
    ['-171', '-ab'],
    ['6743787633689793699141714808227354901', '0512ce66ad630e7b0cd49d076879d915'],
  ])('hexSerialOf converts %s to whole bytes in lower case: %s', (decimal, hex) => {
    expect(hexSerialOf(decimal)).toBe(hex);
  });

  it.each([null, '', '0x11', '11e2', ' 1', '1.5', '9'.repeat(129)])(
    'hexSerialOf returns null for %j',
    (text) => {
      expect(hexSerialOf(text)).toBeNull();
    },
  );
});
