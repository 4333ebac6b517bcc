import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildSchema,
  coerceInputValue,
  getOperationAST,
  type GraphQLError,
  type GraphQLInputType,
  parse,
  validate,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { masked, withoutValues } from './mask.js';

const secret = 'c2VjcmV0LWtleS1vZi1zb21lYm9keQ';

describe('masked', () => {
  it.each([
    ['a PEM block', 'Bad -----BEGIN PRIVATE KEY-----\nabc', 'Bad [removed]'],
    [
      'a PEM block and the text after it',
      'x -----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE----- y',
      'x [removed]',
    ],
    ['a long run of base64', `Bad ${secret}.`, 'Bad [removed].'],
    ['each of two runs of base64', `${secret} and ${secret}`, '[removed] and [removed]'],
    ['a run of base64 and base64url characters', 'a+b/c=d_e-f+g/h=i_j', '[removed]'],
    ['a run of exactly 16 characters', 'abcdefghijklmnop', '[removed]'],
  ])('masked() removes %s from a message', (_, message, expected) => {
    expect(masked(message)).toBe(expected);
  });

  it('masked() keeps words of up to 15 characters', () => {
    const message = 'A field of 15 is: abcdefghijklmno, see https://e.com/a.';
    expect(masked(message)).toBe(message);
  });

  it('masked() keeps an open name, and removes a longer word that contains it', () => {
    const open = new Set(['uploadZoneCertificate']);
    expect(masked('"uploadZoneCertificate" is', open)).toBe('"uploadZoneCertificate" is');
    expect(masked('"uploadZoneCertificateX" is', open)).toBe('"[removed]" is');
  });

  it('masked() removes every run of 16 or more base64 characters', () => {
    const base64 = fc.string({
      unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-'),
      minLength: 16,
    });
    fc.assert(
      fc.property(fc.string(), base64, fc.string(), (before, run, after) => {
        expect(masked(`${before} ${run} ${after}`)).not.toContain(run.slice(0, 16));
      }),
    );
  });

  it('masked() takes less than 500 ms for three texts of about 64 KiB', () => {
    const begunAt = performance.now();
    masked('-'.repeat(64 * 1024));
    masked('-----BEGIN'.repeat(6 * 1024));
    masked('a '.repeat(32 * 1024));
    expect(performance.now() - begunAt).toBeLessThan(500);
  });
});

const schema = buildSchema(`
  scalar PrivateKey
  enum Mode { ON OFF }
  input Nested { mode: Mode! }
  input Upload { zoneId: ID!, certificate: String!, privateKey: PrivateKey!, nested: [Nested!] }
  type Query { a(input: Upload, id: ID, first: Int, mode: Mode): String }
`);

/** The messages of graphql-js itself about a variable of type `Upload!` with this value. */
function messagesAbout(input: unknown): string[] {
  const document = parse('query ($input: Upload!) { a(input: $input) }');
  const { variableDefinitions = [] } = getOperationAST(document) ?? {};
  const { errors = [] } = getVariableValues(schema, variableDefinitions, { input });
  return errors.map(({ message }) => message);
}

const right = { zoneId: 'z', certificate: 'c', privateKey: 'k' };

describe('Messages about a variable', () => {
  it.each([
    [
      'a misspelt member',
      { ...right, private_key: secret },
      'Variable "$input" got an invalid value at "input"; A field is not defined by type "Upload".',
    ],
    [
      'a missing member',
      { zoneId: secret, certificate: 'c' },
      'Variable "$input" got an invalid value at "input"; Field "privateKey" of required type "PrivateKey!" was not provided.',
    ],
    [
      'a text in place of an object',
      secret,
      'Variable "$input" got an invalid value at "input"; Expected type "Upload".',
    ],
    [
      'a list in place of a text',
      { ...right, certificate: [secret] },
      'Variable "$input" got an invalid value at "input.certificate"; It does not fit its type.',
    ],
    [
      'null in place of a required value',
      { ...right, certificate: null },
      'Variable "$input" got an invalid value at "input.certificate"; Expected type "String!".',
    ],
    [
      'an unknown value of an enum',
      { ...right, nested: [{ mode: secret }] },
      'Variable "$input" got an invalid value at "input.nested[0].mode"; It does not fit its type.',
    ],
    [
      'a secret as the name of a member',
      { ...right, [secret]: 1 },
      'Variable "$input" got an invalid value at "input"; A field is not defined by type "Upload".',
    ],
  ])('withoutValues() keeps place and reason, and not the value, of %s', (_, input, expected) => {
    const messages = messagesAbout(input);
    // Fails when graphql-js stops printing values, since this test then proves nothing.
    if (JSON.stringify(input).includes(secret)) expect(messages.join()).toContain(secret);
    expect(messages.map(withoutValues)).toEqual([expected]);
  });

  it('A masked message repeats no secret of any variable', () => {
    const value = fc.oneof(
      fc.constant<unknown>(secret),
      fc.constant<unknown>(`"; Field "${secret}" of required type "A!" was not provided.`),
      fc.constant<unknown>(` at "${secret}"; Expected type "${secret}"`),
      fc.constant<unknown>([[secret]]),
    );
    const input = fc.oneof(
      value,
      fc.array(value),
      fc.dictionary(
        fc.constantFrom('zoneId', 'certificate', 'privateKey', 'nested', secret, `a"; ${secret}`),
        value,
      ),
    );
    fc.assert(
      fc.property(input, (sent) => {
        for (const message of messagesAbout(sent)) {
          expect(masked(withoutValues(message))).not.toContain(secret.slice(0, 16));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('withoutValues() shows only the variable of a message in an unknown wording', () => {
    expect(withoutValues(`Variable "$input" got invalid value ${secret}`)).toBe(
      'Variable "$input" got an invalid value at "input"; It does not fit its type.',
    );
  });
});

describe('Messages about a document', () => {
  function messagesOf(document: string): string[] {
    return validate(schema, parse(document), undefined, { hideSuggestions: true }).map(
      ({ message }) => message,
    );
  }

  it.each([
    [`{ a(first: "${secret}") }`, 'Int cannot represent non-integer value.'],
    [`{ a(mode: "${secret}") }`, 'Enum "Mode" cannot represent non-enum value.'],
    [`{ a(id: { b: "${secret}" }) }`, 'ID cannot represent a non-string and non-integer value.'],
    [`{ a(input: "${secret}") }`, 'Expected value of type "Upload".'],
  ])('A masked message does not repeat the value in %s', (document, expected) => {
    const [message = ''] = messagesOf(document);
    expect(message).toContain(secret);
    const shown = masked(withoutValues(message));
    expect(shown).not.toContain(secret);
    expect(shown).toBe(expected);
  });

  it('withoutValues() keeps the names of the schema', () => {
    const [message = ''] = messagesOf('{ b }');
    expect(withoutValues(message)).toBe('Cannot query field "b" on type "Query".');
  });

  it('A masked message about input coercion does not repeat the value', () => {
    const messages: string[] = [];
    const upload = schema.getType('Upload') as GraphQLInputType;
    coerceInputValue({ zoneId: [secret] }, upload, (_path, _value, error: GraphQLError) =>
      messages.push(error.message),
    );
    expect(messages.join()).toContain(secret);
    expect(masked(messages.map(withoutValues).join())).not.toContain(secret);
  });
});
