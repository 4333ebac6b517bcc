import { describe, expect, it } from '@jest/globals';
import { addressRange, AddressRanges } from './address-ranges.js';

const ranges = (...texts: string[]) => new AddressRanges(texts.flatMap((text) => addressRange(text) ?? []));

describe('addressRange', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0', 8],
    ['192.0.2.1', '192.0.2.1', 32],
    ['0.0.0.0/0', '0.0.0.0', 0],
    ['2001:DB8::/32', '2001:db8::', 32],
    ['::1', '::1', 128],
    ['::ffff:10.0.0.0/104', '10.0.0.0', 8],
    ['::ffff:10.1.2.3', '10.1.2.3', 32],
  ])('%s is a range', (text, address, prefix) => {
    expect(addressRange(text)).toEqual({ address, prefix });
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '010.0.0.0/8',
    '::/129',
    '::ffff:10.0.0.0/90',
    '[::1]',
    'fe80::1%eth0',
    'localhost',
    '10.0.0.1:80',
  ])('%j is no range', (text) => {
    expect(addressRange(text)).toBeUndefined();
  });
});

describe('AddressRanges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.20.30.40/8', '10.1.1.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['0.0.0.0/0', '203.0.113.7', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '203.0.113.7', false],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', 'unknown', false],
  ])('%s has %s: %s', (range, address, has) => {
    expect(ranges(range).has(address)).toBe(has);
  });

  it('An address of any of the ranges is in them', () => {
    const both = ranges('10.0.0.0/8', '2001:db8::/32');
    expect(['10.0.0.1', '2001:db8::1', '192.0.2.1'].map((each) => both.has(each))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
