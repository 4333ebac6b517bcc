import { describe, expect, it } from '@jest/globals';
import { SettingsError } from './settings.js';
import { proxyTo } from './proxy.js';

const cloudflare = new URL('https://api.cloudflare.com/client/v4');
const HTTPS_PROXY = 'http://user:pass-4c1d@proxy.test:3128';

describe('The forward proxy', () => {
  it.each([
    [{ HTTPS_PROXY }, 'http://proxy.test:3128'],
    [{ https_proxy: 'http://low.test', HTTPS_PROXY }, 'http://low.test'],
    [{ https_proxy: '', HTTPS_PROXY }, 'http://proxy.test:3128'],
    [{ https_proxy: 'proxy.test:8080' }, 'http://proxy.test:8080'],
    [
      { HTTPS_PROXY, NO_PROXY: 'cloudflare.net, pi.cloudflare.com,api.cloudflare.com:8443' },
      'http://proxy.test:3128',
    ],
    [{ HTTP_PROXY: 'http://proxy.test', http_proxy: 'http://proxy.test' }, undefined],
    ...[
      '*',
      'api.cloudflare.com',
      'Cloudflare.COM',
      '.cloudflare.com',
      '*.cloudflare.com',
      'a b,api.cloudflare.com:443',
    ].map((NO_PROXY) => [{ HTTPS_PROXY, NO_PROXY }, undefined] as const),
    [{ HTTPS_PROXY, no_proxy: 'com' }, undefined],
  ])('The environment names the forward proxy: %j', (environment, origin) => {
    expect(proxyTo(cloudflare, environment)?.origin).toBe(origin);
  });

  it.each([
    ['https://10.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://10.1.2.3', '11.0.0.0/8,10.1.2.3/x', true],
    ['https://[2001:db8::1]:8443', '2001:db8::/32', false],
    ['https://[2001:db8::1]:8443', '[2001:db8::1]:8443', false],
    ['https://127.0.0.1:8443', '', false],
    ['https://[::1]', '', false],
    ['https://localhost', '', false],
    ['http://127.0.0.1', '', false],
  ])('The forward proxy to %s with NO_PROXY=%s is used: %s', (upstream, NO_PROXY, isUsed) => {
    expect(proxyTo(new URL(upstream), { HTTPS_PROXY, NO_PROXY }) !== null).toBe(isUsed);
  });

  it.each(['socks5://user:pass-4c1d@h:1', 'http://', 'ht tp://pass-4c1d'])(
    'A proxy URL that cannot be used is refused: %s',
    (given) => {
      const choose = () => proxyTo(cloudflare, { HTTPS_PROXY: given });
      expect(choose).toThrow(SettingsError);
      expect(choose).toThrow(/^(?![^]*pass-4c1d)[^]*HTTPS_PROXY: must be http/);
    },
  );
});
