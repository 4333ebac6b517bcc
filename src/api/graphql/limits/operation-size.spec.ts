import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  type FragmentDefinitionNode,
  getOperationAST,
  type GraphQLObjectType,
  Kind,
  parse,
} from 'graphql';
import { costsUpstreamCall } from './limits.js';
import { holdsEach, mayHold, mayHoldFirst, OperationSize } from './operation-size.js';

const schema = buildSchema(`
  type Query { zone: Zone, things(ids: [ID!]! = [1, 2]): [Thing]! }
  interface Thing { settings: Certificate, name: String }
  type Other implements Thing { settings: Certificate, name: String }
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
extend('Certificate', 'hosts', { ...mayHold(100), ...costsUpstreamCall });
extend('Query', 'things', holdsEach('ids'));
for (const type of ['Thing', 'Other']) extend(type, 'settings', costsUpstreamCall);

function measured(text: string, variables: Readonly<Record<string, unknown>> = {}): OperationSize {
  const { definitions } = parse(text);
  const operation = getOperationAST(parse(text));
  if (!operation) throw new Error('There is no operation.');
  const fragments = new Map(
    definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map((each) => [each.name.value, each]),
  );
  return new OperationSize({ schema, operation, fragments, variables });
}

const sizeOf = (...given: Parameters<typeof measured>) => measured(...given).objects;
const callsOf = (...given: Parameters<typeof measured>) => measured(...given).upstreamCalls;

describe('OperationSize', () => {
  it.each([
    ['Scalars do not count as objects', '{ __typename zone { id } }', 1],
    ['A list counts as many objects as it may hold', '{ zone { certificates { id } } }', 1 + 10],
    [
      'Objects below a list count once for each item of the list',
      '{ zone { certificates { hosts { name } } } }',
      1 + 10 * (1 + 100),
    ],
    [
      'A page counts as many items as `first` says',
      '{ zone { page(first: 3) { nodes { name } } } }',
      1 + 3 * 2,
    ],
    [
      'A page without `first` counts as many items as the default',
      '{ zone { page { nodes { name } } } }',
      1 + 50 * 2,
    ],
    [
      'A page counts no more items than it may hold',
      '{ zone { page(first: 2000000000) { nodes { name } } } }',
      1 + 1000 * 2,
    ],
    ['A page with a negative `first` counts no items', '{ zone { page(first: -1) { nodes { name } } } }', 1],
    [
      'The edges and the nodes of a page both count',
      '{ zone { page(first: 2) { edges { node { name } } nodes { name } } } }',
      1 + 2 * 4,
    ],
    ['Each alias of a field counts', '{ a: zone { id } b: zone { id } }', 2],
    [
      'Each spread of a fragment counts',
      '{ zone { ...f ... on Zone { ...f } } } fragment f on Zone { certificates { id } }',
      1 + 2 * 10,
    ],
    [
      'Objects on a path that returns to an earlier type count',
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
  ])('A page counts as many items as the variables %j say', (variables, objects) => {
    const text = 'query ($first: Int) { zone { page(first: $first) { nodes { name } } } }';
    expect(sizeOf(text, variables)).toBe(objects);
  });

  it('The size of an introspection query grows with its depth', () => {
    const types = (depth: number): string =>
      depth === 0 ? 'name' : `fields { type { ${types(depth - 1)} } }`;
    const sizes = [1, 2, 3, 4].map((depth) => sizeOf(`{ __schema { types { ${types(depth)} } } }`));
    expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
    expect(sizes[3]).toBeGreaterThan((sizes[0] ?? 0) * 2);
  });

  it('40 fragments that each spread the one before twice count 2^40 objects', () => {
    const fragments = Array.from(
      { length: 40 },
      (_, i) => `fragment f${i + 1} on Query { ...f${i} ...f${i} }`,
    );
    expect(sizeOf(`{ ...f40 } fragment f0 on Query { zone { id } } ${fragments.join(' ')}`)).toBe(2 ** 40);
  });

  const settings = '... on Other { settings { id } }';
  it.each([
    [
      'A field that costs a call counts once for a whole list',
      '{ zone { certificates { hosts { name } } } }',
      1,
    ],
    ['Each alias counts', '{ zone { certificates { a: hosts { name } b: hosts { name } } } }', 2],
    [
      'A field of an interface and that of its type both count',
      `{ things(ids: [1]) { settings { id } ${settings} } }`,
      1 + 2,
    ],
    [
      'Each spread of a fragment counts',
      `{ things(ids: [1]) { ...f ... on Other { ...f } } } fragment f on Thing { settings { id } }`,
      1 + 2,
    ],
    ['Each id costs a call', '{ things(ids: [1, 2, 3]) { name } }', 3],
    ['One value counts as a list of it', '{ things(ids: 1) { name } }', 1],
    ['A field below costs a call for each id', `{ things(ids: [1, 2, 3]) { ${settings} } }`, 3 + 3],
    [
      'Lists below lists multiply',
      `{ a: things(ids: [1, 2]) { ${settings} } b: things(ids: [1]) { ${settings} } }`,
      6,
    ],
  ])('%s: calls', (_, text, calls) => {
    expect(callsOf(text)).toBe(calls);
  });

  it.each([
    [{ ids: ['1', '2', '3', '4'] }, 4],
    [{ ids: '1' }, 1],
    [{ ids: [] }, 0],
  ])('As many ids count as the variables %j have', (variables, ids) => {
    const size = measured(`query ($ids: [ID!]!) { things(ids: $ids) { ${settings} } }`, variables);
    expect([size.upstreamCalls, size.dependsOnVariables]).toEqual([2 * ids, true]);
  });

  it('40 fragments that each spread the one before twice count 2^40 calls', () => {
    const fragments = Array.from(
      { length: 40 },
      (_, i) => `fragment f${i + 1} on Thing { ...f${i} ...f${i} }`,
    );
    const text = `{ things(ids: [1]) { ...f40 } } fragment f0 on Thing { settings { id } } ${fragments.join(' ')}`;
    expect(callsOf(text)).toBe(1 + 2 ** 40);
  });
});
