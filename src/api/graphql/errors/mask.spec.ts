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

describe('A masked message', () => {
  it.each([
    ['a PEM', 'Bad -----BEGIN PRIVATE KEY-----\nabc', 'Bad [removed]'],
    [
      'a PEM and all that follows',
      'x -----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE----- y',
      'x [removed]',
    ],
    ['a long run of base64', `Bad ${secret}.`, 'Bad [removed].'],
    ['every one of them', `${secret} and ${secret}`, '[removed] and [removed]'],
    ['a run with all the characters of both alphabets', 'a+b/c=d_e-f+g/h=i_j', '[removed]'],
    ['a run of exactly 16', 'abcdefghijklmnop', '[removed]'],
  ])('is without %s', (_, message, expected) => {
    expect(masked(message)).toBe(expected);
  });

  it('keeps words of up to 15 characters', () => {
    const message = 'A field of 15 is: abcdefghijklmno, see https://e.com/a.';
    expect(masked(message)).toBe(message);
  });

  it('keeps the long names that are open, and nothing that merely holds one', () => {
    const open = new Set(['uploadZoneCertificate']);
    expect(masked('"uploadZoneCertificate" is', open)).toBe('"uploadZoneCertificate" is');
    expect(masked('"uploadZoneCertificateX" is', open)).toBe('"[removed]" is');
  });

  it('holds no 16 characters of any text of base64', () => {
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

  it('takes time in proportion to what it is given', () => {
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

describe('A message about a variable', () => {
  it.each([
    [
      'a member that is misspelt',
      { ...right, private_key: secret },
      'Variable "$input" got an invalid value at "input"; A field is not defined by type "Upload".',
    ],
    [
      'a member that is missing',
      { zoneId: secret, certificate: 'c' },
      'Variable "$input" got an invalid value at "input"; Field "privateKey" of required type "PrivateKey!" was not provided.',
    ],
    [
      'a text for an object',
      secret,
      'Variable "$input" got an invalid value at "input"; Expected type "Upload".',
    ],
    [
      'a list for a text',
      { ...right, certificate: [secret] },
      'Variable "$input" got an invalid value at "input.certificate"; It does not fit its type.',
    ],
    [
      'null where nothing may be',
      { ...right, certificate: null },
      'Variable "$input" got an invalid value at "input.certificate"; Expected type "String!".',
    ],
    [
      'a value that an enum has not got',
      { ...right, nested: [{ mode: secret }] },
      'Variable "$input" got an invalid value at "input.nested[0].mode"; It does not fit its type.',
    ],
    [
      'a secret for a name',
      { ...right, [secret]: 1 },
      'Variable "$input" got an invalid value at "input"; A field is not defined by type "Upload".',
    ],
  ])('says where and what, and not which: %s', (_, input, expected) => {
    const messages = messagesAbout(input);
    // So that this would be noticed, should graphql-js begin to say no values by itself.
    if (JSON.stringify(input).includes(secret)) expect(messages.join()).toContain(secret);
    expect(messages.map(withoutValues)).toEqual([expected]);
  });

  it('repeats nothing that was sent, whatever was sent', () => {
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

  it('is understood although graphql-js may word it anew: nothing else of it is shown', () => {
    expect(withoutValues(`Variable "$input" got invalid value ${secret}`)).toBe(
      'Variable "$input" got an invalid value at "input"; It does not fit its type.',
    );
  });
});

describe('A message about a document', () => {
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
  ])('is without the value in %s', (document, expected) => {
    const [message = ''] = messagesOf(document);
    expect(message).toContain(secret);
    const shown = masked(withoutValues(message));
    expect(shown).not.toContain(secret);
    expect(shown).toBe(expected);
  });

  it('keeps the names of the schema', () => {
    const [message = ''] = messagesOf('{ b }');
    expect(withoutValues(message)).toBe('Cannot query field "b" on type "Query".');
  });

  it('of a value that is coerced is without it', () => {
    const messages: string[] = [];
    const upload = schema.getType('Upload') as GraphQLInputType;
    coerceInputValue({ zoneId: [secret] }, upload, (_path, _value, error: GraphQLError) =>
      messages.push(error.message),
    );
    expect(messages.join()).toContain(secret);
    expect(masked(messages.map(withoutValues).join())).not.toContain(secret);
  });
});
