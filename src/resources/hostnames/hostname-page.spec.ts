import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Association } from '../associations/associations.js';
import { hostnamePage, pageRequest } from './hostname-page.js';
import { type DeploymentStatus } from '../../api/graphql/schema/deployment-status.js';

const anAssociation = (hostname: string, change: Partial<Association> = {}): Association => ({
  hostname,
  certId: '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60',
  enabled: true,
  status: 'active',
  createdAt: null,
  updatedAt: null,
  ...change,
});

const all = ['a', 'b', 'c', 'd'].map((name) => anAssociation(`${name}.example.com`));
const namesOn = (page: { nodes: { name: string }[] }) =>
  page.nodes.map(({ name }) => name.slice(0, 1)).join('');
const pageOf = (
  all: readonly Association[],
  first: number,
  after: string | null | undefined,
  statuses: DeploymentStatus[] | null = null,
) => hostnamePage('z', all, statuses, pageRequest(first, after));
const cursorOf = (name: string) => pageOf([anAssociation(name)], 1, null).pageInfo.endCursor;

describe('Pages of hostnames', () => {
  it.each([
    [0, '', true, false],
    [1, 'a', true, false],
    [3, 'abc', true, false],
    [4, 'abcd', false, false],
    [1000, 'abcd', false, false],
  ])(
    'A page with first: %d and no cursor begins at the start of the list',
    (first, names, hasNextPage, hasPreviousPage) => {
      const page = pageOf(all, first, null);
      expect(namesOn(page)).toBe(names);
      expect(page.pageInfo).toMatchObject({ hasNextPage, hasPreviousPage });
      expect(page.totalCount).toBe(4);
    },
  );

  it.each([
    ['b', 'cd', false],
    ['d', '', false],
    ['a', 'bc', true],
    ['bb', 'cd', false],
    ['0', 'ab', true],
    ['z', '', false],
  ])(
    'A page after the name %s continues with the next name, even if the name is not listed',
    (name, names, hasNextPage) => {
      const page = pageOf(all, 2, cursorOf(`${name}.example.com`));
      expect(namesOn(page)).toBe(names);
      expect(page.pageInfo).toMatchObject({ hasNextPage, hasPreviousPage: name !== '0' });
    },
  );

  it('A cursor matches its name in upper or lower case', () => {
    const capitals = all.map((each) => ({ ...each, hostname: each.hostname?.toUpperCase() ?? null }));
    const { pageInfo } = pageOf(capitals, 2, null);
    expect(pageOf(all, 2, pageInfo.endCursor).nodes).toHaveLength(2);
  });

  it.each([
    [null, 'abc'],
    [['active' as const], 'a'],
    [['deleted' as const, 'pending_deletion' as const], 'bd'],
    [[], ''],
  ])('The filter statuses: %j selects the hostnames of a page', (statuses, names) => {
    const mixed = [
      anAssociation('a'),
      anAssociation('b', { status: 'pending_deletion' }),
      anAssociation('c', { status: 'unknown' }),
      anAssociation('d', { status: 'deleted' }),
    ];
    const page = pageOf(mixed, 10, undefined, statuses);
    expect(namesOn(page)).toBe(names);
    expect(page.totalCount).toBe(names.length);
  });

  it.each([-1, 1001, Number.MAX_SAFE_INTEGER])('The value %d of `first` is refused', (first) => {
    expect(() => pageRequest(first, null)).toThrow('`first` must be from 0 to 1000.');
  });

  it.each(['', 'x', 'aDE', '\u0000', 'h1:a.example.com'])('The cursor %j is refused', (after) => {
    expect(() => pageRequest(1, after)).toThrow(/`after` is no cursor of this list/);
  });

  it('Pages of any size list each hostname exactly once', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}\.example$/), { maxLength: 60 });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 20 }), (hostnames, first) => {
        const sorted = hostnames.sort().map((name) => anAssociation(name));
        const seen: string[] = [];
        for (let after: string | null = null; ;) {
          const { nodes, pageInfo } = pageOf(sorted, first, after);
          seen.push(...nodes.map(({ name }) => name));
          if (!pageInfo.hasNextPage) break;
          after = pageInfo.endCursor;
        }
        expect(seen).toEqual(hostnames);
      }),
    );
  });

  it('Pages list a hostname that stays exactly once while others come and go', () => {
    const name = fc.stringMatching(/^[a-z]{1,4}\.example$/);
    const lists = fc.array(fc.uniqueArray(name, { maxLength: 20 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), lists, (staying, passing) => {
        const seen: string[] = [];
        for (let after: string | null = null, turn = 0; ; turn++) {
          const there = new Set([...staying, ...(passing[turn % passing.length] ?? [])]);
          const { nodes, pageInfo } = pageOf(
            [...there].sort().map((each) => anAssociation(each)),
            3,
            after,
          );
          seen.push(...nodes.map((node) => node.name));
          if (!pageInfo.hasNextPage) break;
          after = pageInfo.endCursor;
        }
        expect(seen).toEqual([...new Set(seen)].sort());
        expect(seen).toEqual(expect.arrayContaining(staying));
      }),
    );
  });
});
