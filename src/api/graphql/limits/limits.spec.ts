import { describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLObjectType, parse, validate } from 'graphql';
import { costsUpstreamCall, limits, limitsRule } from './limits.js';

const schema = buildSchema(`
  type Query { a: Query, b: String, call: Query, node: Node }
  type Mutation { change: String, other: String }
  interface Node { call: Query, b: String }
  type Thing implements Node { call: Query, b: String }
`);
for (const name of ['Query', 'Node', 'Thing']) {
  const { call } = (schema.getType(name) as GraphQLObjectType).getFields();
  Object.assign(call ?? {}, { extensions: costsUpstreamCall });
}

const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');
const nested = (levels: number): string => (levels === 1 ? '{ b }' : `{ a ${nested(levels - 1)} }`);

/** The limits that a document is beyond. */
function beyond(document: string): unknown[] {
  return validate(schema, parse(document), [limitsRule]).map(({ extensions }) => extensions['limit']);
}

describe('The limits of an operation', () => {
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
    [
      'upstreamCalls',
      `{ a { ${many(limits.upstreamCalls, () => 'call { b }')} } }`,
      `{ a { ${many(limits.upstreamCalls + 1, () => 'call { b }')} } }`,
    ],
    [
      'upstreamCalls',
      `{ node { ...f ... on Thing { ${many(limits.upstreamCalls / 2, () => 'call { b }')} } } } fragment f on Node { ${many(limits.upstreamCalls / 2, () => 'call { b }')} }`,
      `{ node { call { b } ...f ... on Thing { ${many(limits.upstreamCalls / 2, () => 'call { b }')} } } } fragment f on Node { ${many(limits.upstreamCalls / 2, () => 'call { b }')} }`,
    ],
    ['mutationFields', 'mutation { change }', 'mutation { change other }'],
    [
      'mutationFields',
      'mutation { ...f } fragment f on Mutation { change }',
      'mutation { ...f ...f } fragment f on Mutation { change }',
    ],
  ])('%s: what is within is taken, one more is refused', (limit, within, over) => {
    expect(beyond(within)).toEqual([]);
    expect(beyond(over)).toEqual([limit]);
  });

  it('are each told, with what is allowed and what to do', () => {
    const [error] = validate(schema, parse(nested(limits.depth + 1)), [limitsRule]);
    expect(error?.message).toBe('An operation may have at most 12 levels. Ask for less at once.');
    expect(error?.extensions).toEqual({ code: 'LIMIT_EXCEEDED', limit: 'depth', max: 12 });
  });

  it('hold for every operation of a document by itself', () => {
    const half = many(limits.rootFields, () => 'b');
    expect(beyond(`query one { ${half} } query other { ${half} }`)).toEqual([]);
    expect(beyond(`query one { ${half} } query other { b ${half} }`)).toEqual(['rootFields']);
  });

  it('do not count levels of introspection, and do count its fields', () => {
    const types = (levels: number): string => (levels === 0 ? 'name' : `ofType { ${types(levels - 1)} }`);
    expect(beyond(`{ __schema { types { ${types(30)} } } }`)).toEqual([]);
    expect(beyond(`{ __schema { types { ${many(1000, () => 'name')} } } }`)).toEqual(['fields']);
  });

  it.each([
    ['2^40 fields', many(40, (index) => `fragment f${index + 1} on Query { ...f${index} ...f${index} }`)],
    [
      '2^40 fields behind others',
      many(40, (index) => `fragment f${index + 1} on Query { a { ...f${index} } a { ...f${index} } }`),
    ],
  ])('are found out of %s at once', (_, fragments) => {
    const document = parse(`{ ...f40 } fragment f0 on Query { b } ${fragments}`);
    const begunAt = performance.now();
    const errors = validate(schema, document, [limitsRule]);
    expect(errors.map(({ extensions }) => extensions['limit'])).toContain('fields');
    expect(performance.now() - begunAt).toBeLessThan(100);
  });

  it.each([
    ['in itself', '{ ...f } fragment f on Query { b ...f }'],
    ['in a circle', '{ ...f } fragment f on Query { a { ...g } } fragment g on Query { ...f }'],
    ['that is not there', '{ ...f }'],
    ['on a type that is not there', '{ ...f } fragment f on Nothing { b { c } }'],
  ])('leave a fragment %s to the rule for that', (_, document) => {
    expect(beyond(document)).toEqual([]);
  });

  it('leave fields and types that are not there to the rule for that', () => {
    expect(beyond('{ nothing { at { all } } ... on Nothing { b } }')).toEqual([]);
  });
});
