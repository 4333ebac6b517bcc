import { describe, expect, it } from '@jest/globals';
import { addressRangesSchema } from '../../platform/config/lists.js';
import { clientAddress } from './client-address.js';

const proxies = addressRangesSchema.parse('10.0.0.0/8,fd00::/8,192.0.2.1');
const behind = (headers: Record<string, string>, connected = '10.0.0.1') =>
  clientAddress(connected, headers, proxies);
const listed = (list: string, connected?: string) => behind({ 'x-forwarded-for': list }, connected);
const forwarded = (list: string, connected?: string) => behind({ forwarded: list }, connected);

describe('clientAddress', () => {
  it('Without TRUSTED_PROXIES the address is that of the connection', () => {
    const headers = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' };
    expect(clientAddress('10.0.0.1', headers, undefined)).toBe('10.0.0.1');
    expect(clientAddress('::ffff:10.0.0.1', headers, undefined)).toBe('10.0.0.1');
    expect(clientAddress('', headers, undefined)).toBe('');
  });

  it('The headers of a stranger are not believed', () => {
    expect(listed('203.0.113.7', '198.51.100.1')).toBe('198.51.100.1');
    expect(forwarded('for=203.0.113.7', '198.51.100.1')).toBe('198.51.100.1');
    expect(listed('203.0.113.7', '')).toBe('');
  });

  it('A trusted proxy is known however its address is written', () => {
    expect(listed('203.0.113.7', '::ffff:10.0.0.1')).toBe('203.0.113.7');
    expect(listed('203.0.113.7', 'FD00:0::1%eth0')).toBe('203.0.113.7');
  });

  it('A trusted proxy without a header is the client', () => {
    expect(behind({})).toBe('10.0.0.1');
    expect(listed('')).toBe('10.0.0.1');
    expect(forwarded('')).toBe('10.0.0.1');
  });

  it.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['198.51.100.9, 203.0.113.7', '203.0.113.7'],
    ['198.51.100.9,203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['203.0.113.7, 10.0.0.3,10.0.0.2', '203.0.113.7'],
    ['10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['203.0.113.7:4711', '203.0.113.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['203.0.113.7, [fd00::1]:80', '203.0.113.7'],
    ['203.0.113.7, ::ffff:10.0.0.9', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, fd00::1%eth0', '203.0.113.7'],
  ])('X-Forwarded-For: %s names %s', (list, address) => {
    expect(listed(list)).toBe(address);
  });

  it.each([
    ['for=203.0.113.7', '203.0.113.7'],
    ['For="203.0.113.7:4711"', '203.0.113.7'],
    ['for=203.0.113.7:4711', '203.0.113.7'],
    ['for="[2001:db8::1]:4711"', '2001:db8::1'],
    ['for="[2001:db8::1]"', '2001:db8::1'],
    ['for="[2001:db8::1]:_port"', '2001:db8::1'],
    ['proto=https;for=203.0.113.7;by=10.0.0.1', '203.0.113.7'],
    ['by=_a ; for=203.0.113.7 ; host="a,b;for=198.51.100.9"', '203.0.113.7'],
    ['for=198.51.100.9, for=203.0.113.7;proto=http, for=10.0.0.2', '203.0.113.7'],
    ['for=", for=203.0.113.7', '203.0.113.7'],
  ])('Forwarded: %s names %s', (list, address) => {
    expect(forwarded(list)).toBe(address);
  });

  it.each([
    ['unknown'],
    ['_hidden'],
    ['localhost'],
    ['203.0.113.256'],
    ['0203.0.113.7'],
    ['203.0.113.7 203.0.113.8'],
    ['[203.0.113.7'],
    ['"203.0.113.7"'],
    ['203.0.113.7;x'],
    ['<script>'],
    ['2001:db8::g'],
  ])('What X-Forwarded-For has before %j is not believed, nor is that', (text) => {
    expect(listed(`198.51.100.9, ${text}, 10.0.0.2`)).toBe('10.0.0.2');
    expect(listed(`198.51.100.9, ${text}`)).toBe('10.0.0.1');
  });

  it.each([
    ['for=unknown'],
    ['for=_hidden'],
    ['for='],
    ['by=203.0.113.7'],
    ['for=203.0.113.7;for=203.0.113.8'],
    ['for = 203.0.113.7'],
    ['for="203.0.113.7'],
    ['for=203.0.113.7"'],
    ['203.0.113.7'],
    ['for=203.0.113.7 x'],
    [''],
  ])('What Forwarded has before %j is not believed, nor is that', (element) => {
    expect(forwarded(`for=198.51.100.9, ${element}, for=10.0.0.2`)).toBe('10.0.0.2');
    expect(forwarded(`for=198.51.100.9, ${element}`)).toBe('10.0.0.1');
  });

  it('Of both headers only what they agree on is believed', () => {
    const both = (list: string, elements: string) => behind({ 'x-forwarded-for': list, forwarded: elements });
    expect(both('203.0.113.7', 'for=203.0.113.7')).toBe('203.0.113.7');
    expect(both('203.0.113.7', 'for=198.51.100.9')).toBe('10.0.0.1');
    expect(both('203.0.113.7, 10.0.0.2', 'for=198.51.100.9, for=10.0.0.2')).toBe('10.0.0.2');
    expect(both('203.0.113.7, 10.0.0.2', 'for=10.0.0.2')).toBe('10.0.0.2');
    expect(both('203.0.113.7', '')).toBe('10.0.0.1');
  });

  it('A list of 16 KiB is read in less than 50 ms', () => {
    for (const text of ['10.0.0.2,', 'for=10.0.0.2,', '"', 'a=";', ',']) {
      const list = text.repeat(16_384 / text.length);
      const begun = performance.now();
      listed(list);
      forwarded(list);
      expect(performance.now() - begun).toBeLessThan(50);
    }
  });
});
