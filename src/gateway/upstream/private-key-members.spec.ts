import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mayHoldPrivateKey, withoutPrivateKeys } from './private-key-members.js';

describe('Private keys in an answer', () => {
  it.each([
    '{"private_key":"x"}',
    '{"result":[{"a":{"private_key" :\n"x"}}]}',
    '{"\\u0070rivate_key":"x"}',
    '{"priv\\u0061te\\u005Fkey":"x"}',
    '{"result":{"private_key":"x"},"result":{}}',
    '{"PRIVATE_KEY":"x"}',
    '{"errors":[{"message":"no: -----BEGIN EC PRIVATE KEY-----\\nAAAA"}]}',
  ])('mayHoldPrivateKey finds a private key in %s', (json) => {
    expect(mayHoldPrivateKey(json)).toBe(true);
  });

  it.each([
    '{"result":null}',
    '{"errors":[{"message":"private_key is required: \\u003cnone\\u003e"}]}',
    '{"a":"\\"private_key\\": x"}',
  ])('mayHoldPrivateKey finds no private key in %s', (json) => {
    expect(mayHoldPrivateKey(json)).toBe(false);
  });

  it('withoutPrivateKeys removes private keys and keeps everything else', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----';
    expect(
      withoutPrivateKeys({
        private_key: 'x',
        list: [{ private_key: 1, a: null }],
        note: `a ${key} b ${key}`,
      }),
    ).toEqual({
      list: [{ a: null }],
      note: 'a [private key removed] b [private key removed]',
    });
  });

  it('mayHoldPrivateKey finds a member named private_key at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (inner, outer) => {
        expect(mayHoldPrivateKey(JSON.stringify({ outer, deep: [{ inner, private_key: inner }] }))).toBe(
          true,
        );
      }),
    );
  });
});
