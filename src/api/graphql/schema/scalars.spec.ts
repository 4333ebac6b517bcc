import { describe, expect, it } from '@jest/globals';
import { parseValue } from 'graphql';
import { DateTime, PrivateKey } from './scalars.js';

const secret = 'c2VjcmV0LWtleS1vZi1zb21lYm9keQ';

/** The message of the error that the work throws. */
function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('It did not fail.');
}

describe('DateTime', () => {
  it.each([
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.123456Z',
    '2026-01-01T00:00:00+02:00',
    '2122-10-29t16:59:47z',
  ])('DateTime passes %s on unchanged', (value) => {
    expect(DateTime.serialize(value)).toBe(value);
    expect(DateTime.parseValue(value)).toBe(value);
  });

  it.each([
    'yesterday',
    '',
    '2027-01-01',
    '2027-01-01 00:00:00Z',
    '2027-01-01T00:00:00',
    0,
    null,
    new Date(0),
    {},
    [secret],
    secret,
  ])('DateTime rejects %j with a message that does not repeat it', (value) => {
    for (const work of [() => DateTime.serialize(value), () => DateTime.parseValue(value)]) {
      const message = messageOf(work);
      expect(message).toMatch(/date and time/);
      if (value !== '' && typeof value === 'string') expect(message).not.toContain(value);
      expect(message).not.toContain(secret);
    }
  });
});

describe('PrivateKey', () => {
  it('PrivateKey accepts a text in a variable', () => {
    expect(PrivateKey.parseValue(secret)).toBe(secret);
  });

  it.each([[[secret]], [{ pem: secret }], [7], [true], [null], [undefined], [{ toString: () => secret }]])(
    'PrivateKey rejects the variable %j with a constant message',
    (value) => {
      expect(messageOf(() => PrivateKey.parseValue(value))).toBe(
        'A PrivateKey is a PEM text, and is given as a variable.',
      );
    },
  );

  it.each([
    `"${secret}"`,
    `"""${secret}"""`,
    secret,
    `["${secret}"]`,
    `{ a: "${secret}" }`,
    '$key',
    'null',
    '7',
  ])('PrivateKey rejects the literal %s in a document', (literal) => {
    expect(messageOf(() => PrivateKey.parseLiteral(parseValue(literal), {}))).toBe(
      'A PrivateKey is a PEM text, and is given as a variable.',
    );
  });

  it('PrivateKey is never serialized', () => {
    expect(messageOf(() => PrivateKey.serialize(secret))).toBe('A PrivateKey is never shown.');
  });
});
