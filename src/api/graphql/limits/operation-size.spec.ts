import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  type FragmentDefinitionNode,
  getOperationAST,
  type GraphQLObjectType,
  Kind,
  parse,
} from 'graphql';
import { mayHold, mayHoldFirst, OperationSize } from './operation-size.js';

const schema = buildSchema(`
  type Query { zone: Zone }
  type Zone { id: ID, page(first: Int = 50): Page, certificates: [Certificate!] }
  type Page { nodes: [Host!]!, edges: [Edge!]! }
  type Edge { node: Host! }
  type Host { name: String, certificate: Certificate }
  type Certificate { id: ID, hosts: [Host!] }
`);
const extend = (type: string, field: string, extensions: object) =>
  Object.assign((schema.getType(type) as GraphQLObjectType).getFields()[field] ?? {}, { extensions });
extend('Zone', 'page', mayHoldFirst(1000));
extend('Zone', 'certificates', mayHold(10));
extend('Page', 'nodes', mayHold(1));
extend('Page', 'edges', mayHold(1));
extend('Certificate', 'hosts', mayHold(100));

function sizeOf(text: string, variables: Readonly<Record<string, unknown>> = {}): number {
  const { definitions } = parse(text);
  const operation = getOperationAST(parse(text));
  if (!operation) throw new Error('There is no operation.');
  const fragments = new Map(
    definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  return new OperationSize({ schema, operation, fragments, variables }).objects;
}

describe('The size of an operation', () => {
  it.each([
    ['scalars are no objects', '{ __typename zone { id } }', 1],
    ['a list is as long as it may be', '{ zone { certificates { id } } }', 1 + 10],
    [
      'of what stands below a list there is as much for each item',
      '{ zone { certificates { hosts { name } } } }',
      1 + 10 * (1 + 100),
    ],
    ['a page is as long as is asked for', '{ zone { page(first: 3) { nodes { name } } } }', 1 + 3 * 2],
    ['a page is as long as its default', '{ zone { page { nodes { name } } } }', 1 + 50 * 2],
    [
      'a page is never longer than it may be',
      '{ zone { page(first: 2000000000) { nodes { name } } } }',
      1 + 1000 * 2,
    ],
    ['a page is not shorter than nothing', '{ zone { page(first: -1) { nodes { name } } } }', 1],
    [
      'edges and nodes both count',
      '{ zone { page(first: 2) { edges { node { name } } nodes { name } } } }',
      1 + 2 * 4,
    ],
    ['aliases count', '{ a: zone { id } b: zone { id } }', 2],
    [
      'fragments count',
      '{ zone { ...f ... on Zone { ...f } } } fragment f on Zone { certificates { id } }',
      1 + 2 * 10,
    ],
    [
      'the way back counts',
      '{ zone { page(first: 10) { nodes { certificate { hosts { certificate { hosts { name } } } } } } } }',
      1 + 10 * (1 + 1 + 1 + 100 * (1 + 1 + 100)),
    ],
  ])('%s', (_, text, objects) => {
    expect(sizeOf(text)).toBe(objects);
  });

  it.each([
    [{ first: 7 }, 1 + 7 * 2],
    [{}, 1 + 50 * 2],
    [{ first: null }, 1 + 50 * 2],
    [{ first: 'refused in a moment' }, 1 + 1000 * 2],
  ])('knows the variables %j', (variables, objects) => {
    const text = 'query ($first: Int) { zone { page(first: $first) { nodes { name } } } }';
    expect(sizeOf(text, variables)).toBe(objects);
  });

  it('of introspection grows with its depth', () => {
    const types = (depth: number): string =>
      depth === 0 ? 'name' : `fields { type { ${types(depth - 1)} } }`;
    const sizes = [1, 2, 3, 4].map((depth) => sizeOf(`{ __schema { types { ${types(depth)} } } }`));
    expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
    expect(sizes[3]).toBeGreaterThan((sizes[0] ?? 0) * 2);
  });

  it('is found of fragments that double each other at once', () => {
    const fragments = Array.from(
      { length: 40 },
      (_, i) => `fragment f${i + 1} on Query { ...f${i} ...f${i} }`,
    );
    expect(sizeOf(`{ ...f40 } fragment f0 on Query { zone { id } } ${fragments.join(' ')}`)).toBe(2 ** 40);
  });
});
