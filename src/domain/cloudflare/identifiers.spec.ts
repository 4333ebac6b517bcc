import { describe, expect, it } from '@jest/globals';
import { certificateIdSchema, hostnameSchema } from './identifiers.js';

describe('certificateIdSchema', () => {
  it.each(['023e105f4ecef8ad9ca31a8372d0c353', '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60'])(
    'The certificate id %s is valid',
    (id) => {
      expect(certificateIdSchema.safeParse(id).success).toBe(true);
    },
  );

  it.each(['', 'settings', 'hostnames', '2458ce5a0c35-4c7f-82c7-8e9487d3ff60', '__proto__'])(
    'The certificate id %j is invalid',
    (id) => {
      expect(certificateIdSchema.safeParse(id).success).toBe(false);
    },
  );
});

describe('hostnameSchema', () => {
  it.each([
    'app.example.com',
    'APP.Example.COM',
    '*.example.com',
    '_dmarc.example.com',
    `${'a'.repeat(63)}.example`,
  ])('The hostname %s is valid', (name) => {
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
  ])('The hostname %j is invalid', (name) => {
    expect(hostnameSchema.safeParse(name).success).toBe(false);
  });

  it('The refusal of an internationalised hostname names its A-labels', () => {
    const result = hostnameSchema.safeParse('bücher.example');
    expect(result.error?.issues[0]?.message).toContain('xn--bcher-kva.example');
  });
});
