import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { deprecatedFieldsIn } from './deprecated-fields.js';

const schema = buildSchema(`
  type Query { zone: Zone node: Node }
  interface Node { id: ID old: String @deprecated }
  type Zone implements Node { id: ID old: String @deprecated(reason: "Use id.") gone: Zone @deprecated }
`);

describe('deprecatedFieldsIn', () => {
  it.each([
    ['{ zone { id } }', []],
    ['{ zone { old } }', ['Zone.old']],
    ['{ zone { a: old b: old gone { old } } }', ['Zone.old', 'Zone.gone']],
    ['{ node { old ... on Zone { ...f } } } fragment f on Zone { gone { id } }', ['Node.old', 'Zone.gone']],
    ['{ __typename zone { unknown } }', []],
  ])('%s selects %j', (text, fields) => {
    const document = parse(text);
    expect(deprecatedFieldsIn(document, schema)).toEqual(fields);
    expect(deprecatedFieldsIn(document, schema)).toBe(deprecatedFieldsIn(document, schema));
  });
});
