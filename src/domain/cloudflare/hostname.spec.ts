import { describe, expect, it } from '@jest/globals';
import { canonicalHostname } from './hostname.js';

describe('canonicalHostname', () => {
  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.Example.', 'xn--bcher-kva.example'],
    ['bu\u0308cher.example', 'xn--bcher-kva.example'],
    ['xn--BCHER-kva.example', 'xn--bcher-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['_x.bücher.example', '_x.xn--bcher-kva.example'],
    ['app。example。com。', 'app.example.com'],
    ['ａｐｐ.example', 'app.example'],
    ['APP.example.com.', 'app.example.com'],
  ])('canonicalHostname converts %s to %s', (text, name) => {
    expect(canonicalHostname(text)).toBe(name);
    expect(canonicalHostname(name)).toBe(name);
  });

  it.each(['', '.', '*', 'a..b', 'ü..b', '.ü', 'a b', 'bü cher.example', 'bücher.example/x', 'ü%41.example'])(
    'canonicalHostname returns null for %j',
    (text) => {
      expect(canonicalHostname(text)).toBeNull();
    },
  );
});
