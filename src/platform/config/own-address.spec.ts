import { networkInterfaces } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { isOwnAddress } from './own-address.js';
import { readSettings } from './settings.js';

describe('isOwnAddress', () => {
  it.each([
    ['http://127.0.0.1:3000/client/v4', '127.0.0.1'],
    ['http://localhost:3000/client/v4', '127.0.0.1'],
    ['http://LOCALHOST:3000', '127.0.0.1'],
    ['http://localhost.:3000', '127.0.0.1'],
    ['http://[::1]:3000', '127.0.0.1'],
    ['http://127.1:3000', 'localhost'],
    ['http://2130706433:3000', '::1'],
    ['http://[0:0:0:0:0:0:0:1]:3000', '[::1]'],
    ['https://[::ffff:127.0.0.1]:3000', '127.0.0.1'],
    ['http://127.0.0.1:3000', '0.0.0.0'],
    ['http://localhost:3000', '::'],
    ['https://0.0.0.0:3000', '::'],
    ['https://gateway.example.com:3000', 'Gateway.Example.com.'],
    ['https://192.0.2.7:3000', '192.0.2.7'],
  ])('isOwnAddress is true for the upstream %s where HOST is %s', (CLOUDFLARE_BASE_URL, HOST) => {
    expect(isOwnAddress(new URL(CLOUDFLARE_BASE_URL), HOST, 3000)).toBe(true);
  });

  it('isOwnAddress is true for each address of the machine where HOST is 0.0.0.0', () => {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    expect(addresses.length).toBeGreaterThan(0);
    for (const { address, family } of addresses) {
      const host = family === 'IPv6' ? `[${address}]` : address;
      expect(isOwnAddress(new URL(`https://${host}:3000`), '0.0.0.0', 3000)).toBe(true);
    }
  });

  it('isOwnAddress knows the default ports of http and https', () => {
    expect(isOwnAddress(new URL('http://localhost/client/v4'), '0.0.0.0', 80)).toBe(true);
    expect(isOwnAddress(new URL('https://localhost/client/v4'), '0.0.0.0', 443)).toBe(true);
  });

  it.each([
    ['http://127.0.0.1:3001', '127.0.0.1', 3000],
    ['http://127.0.0.1:3000', '192.0.2.7', 3000],
    ['https://api.cloudflare.com/client/v4', '0.0.0.0', 443],
    ['https://192.0.2.8:3000', '192.0.2.7', 3000],
    ['http://127.0.0.1:3000', '127.0.0.1', 0],
  ])(
    'isOwnAddress is false for the upstream %s where the gateway listens on %s, port %d',
    (url, host, port) => {
      expect(isOwnAddress(new URL(url), host, port)).toBe(false);
    },
  );

  it('The settings refuse an upstream that is the gateway itself, by the name of the setting', () => {
    expect(() => readSettings({ CLOUDFLARE_BASE_URL: 'http://localhost:3000/client/v4' })).toThrow(
      /CLOUDFLARE_BASE_URL: is the address of the gateway itself/,
    );
  });
});
