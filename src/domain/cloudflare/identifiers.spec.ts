import { describe, expect, it } from '@jest/globals';
import { certificateIdSchema, hostnameSchema } from './identifiers.js';

describe('a certificate id', () => {
  it.each(['023e105f4ecef8ad9ca31a8372d0c353', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60'])('is %s', (id) => {
    expect(certificateIdSchema.safeParse(id).success).toBe(true);
  });

  it.each(['', 'settings', 'hostnames', '2458ce5a0c35-4c7f-82c7-8e9487d3ff60', '__proto__'])(
    'is not %j',
    (id) => {
      expect(certificateIdSchema.safeParse(id).success).toBe(false);
    },
  );
});

describe('a hostname', () => {
  it.each([
    'app.example.com',
    'APP.Example.COM',
    '*.example.com',
    '_dmarc.example.com',
    `${'a'.repeat(63)}.example`,
  ])('is %s', (name) => {
    expect(hostnameSchema.safeParse(name).success).toBe(true);
  });

  it.each([
    '',
    '.',
    '..',
    '*',
    'a..b',
    '-a.example',
    'a-.example',
    'app.example.com.',
    'a b',
    'a/b',
    `${'a'.repeat(64)}.b`,
    'a.'.repeat(127) + 'aa',
    'x.*.y',
  ])('is not %j', (name) => {
    expect(hostnameSchema.safeParse(name).success).toBe(false);
  });

  it('is named in A-labels when it is internationalised', () => {
    const result = hostnameSchema.safeParse('bücher.example');
    expect(result.error?.issues[0]?.message).toContain('xn--bcher-kva.example');
  });
});
