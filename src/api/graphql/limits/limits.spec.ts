import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { limits, limitsRule } from './limits.js';

const schema = buildSchema(`
  type Query { a: Query, b: String }
  type Mutation { change: String, other: String }
`);
const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');
const nested = (levels: number): string => (levels === 1 ? '{ b }' : `{ a ${nested(levels - 1)} }`);

/** The limits that a document exceeds. */
function exceededBy(document: string): unknown[] {
  return validate(schema, parse(document), [limitsRule]).map(({ extensions }) => extensions['limit']);
}

describe('limitsRule', () => {
  it.each([
    ['depth', nested(limits.depth), nested(limits.depth + 1)],
    [
      'depth',
      `{ ...f } fragment f on Query ${nested(limits.depth)}`,
      `{ a { ...f } } fragment f on Query ${nested(limits.depth)}`,
    ],
    ['depth', `{ ... { ... on Query ${nested(limits.depth)} } }`, `{ a { ... ${nested(limits.depth)} } }`],
    [
      'aliases',
      `{ a { ${many(limits.aliases, (index) => `b${index}: b`)} } }`,
      `{ a { ${many(limits.aliases + 1, (index) => `b${index}: b`)} } }`,
    ],
    [
      'aliases',
      `{ a { ...f ...f } } fragment f on Query { ${many(limits.aliases / 2, (index) => `b${index}: b`)} }`,
      `{ a { ...f ...f x: b } } fragment f on Query { ${many(limits.aliases / 2, (index) => `b${index}: b`)} }`,
    ],
    [
      'rootFields',
      `{ ${many(limits.rootFields, () => 'b')} }`,
      `{ ${many(limits.rootFields + 1, () => 'b')} }`,
    ],
    [
      'rootFields',
      `{ ... { ...f ${many(limits.rootFields - 2, () => 'b')} } } fragment f on Query { b ... { b } }`,
      `{ ... { ...f ...f ${many(limits.rootFields - 3, () => 'b')} } } fragment f on Query { b ... { b } }`,
    ],
    [
      'fields',
      `{ a { ${many(limits.fields - 1, () => 'b')} } }`,
      `{ a { ${many(limits.fields, () => 'b')} } }`,
    ],
    ['mutationFields', 'mutation { change }', 'mutation { change other }'],
    [
      'mutationFields',
      'mutation { ...f } fragment f on Mutation { change }',
      'mutation { ...f ...f } fragment f on Mutation { change }',
    ],
  ])('An operation at the limit %s is accepted, and one beyond it is refused', (limit, within, over) => {
    expect(exceededBy(within)).toEqual([]);
    expect(exceededBy(over)).toEqual([limit]);
  });

  it('A refusal names the limit, its maximum and what to do', () => {
    const [error] = validate(schema, parse(nested(limits.depth + 1)), [limitsRule]);
    expect(error?.message).toBe('An operation may have at most 12 levels. Ask for less at once.');
    expect(error?.extensions).toEqual({ code: 'LIMIT_EXCEEDED', limit: 'depth', max: 12 });
  });

  it('Each operation of a document is measured by itself', () => {
    const half = many(limits.rootFields, () => 'b');
    expect(exceededBy(`query one { ${half} } query other { ${half} }`)).toEqual([]);
    expect(exceededBy(`query one { ${half} } query other { b ${half} }`)).toEqual(['rootFields']);
  });

  it('The fields of introspection count, and its levels do not', () => {
    const types = (levels: number): string => (levels === 0 ? 'name' : `ofType { ${types(levels - 1)} }`);
    expect(exceededBy(`{ __schema { types { ${types(30)} } } }`)).toEqual([]);
    expect(exceededBy(`{ __schema { types { ${many(1000, () => 'name')} } } }`)).toEqual(['fields']);
  });

  it.each([
    [
      '2^40 fields in nested fragments',
      many(40, (index) => `fragment f${index + 1} on Query { ...f${index} ...f${index} }`),
    ],
    [
      '2^40 fields in fragments below fields',
      many(40, (index) => `fragment f${index + 1} on Query { a { ...f${index} } a { ...f${index} } }`),
    ],
  ])('limitsRule refuses %s in less than 100 ms', (_, fragments) => {
    const document = parse(`{ ...f40 } fragment f0 on Query { b } ${fragments}`);
    const begunAt = performance.now();
    const errors = validate(schema, document, [limitsRule]);
    expect(errors.map(({ extensions }) => extensions['limit'])).toContain('fields');
    expect(performance.now() - begunAt).toBeLessThan(100);
  });

  it.each([
    ['that spreads itself', '{ ...f } fragment f on Query { b ...f }'],
    [
      'that spreads itself through another',
      '{ ...f } fragment f on Query { a { ...g } } fragment g on Query { ...f }',
    ],
    ['that does not exist', '{ ...f }'],
    ['on an unknown type', '{ ...f } fragment f on Nothing { b { c } }'],
  ])('limitsRule reports no error for a fragment %s', (_, document) => {
    expect(exceededBy(document)).toEqual([]);
  });

  it('limitsRule reports no error for unknown fields and types', () => {
    expect(exceededBy('{ nothing { at { all } } ... on Nothing { b } }')).toEqual([]);
  });
});
