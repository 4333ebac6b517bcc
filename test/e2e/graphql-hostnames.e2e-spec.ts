import { describe, expect, it } from '@jest/globals';
import { ask } from '../support/graphql/graphql.js';
import { emptyZone, seededZone } from '../support/http/requests.js';
import { sharedStage, type Stage, startStage } from '../support/gateway/stage.js';
import {
  type Connection,
  type Arguments,
  askPage,
  associate,
  nameOf,
  namesFrom,
  anAmount,
} from '../support/graphql/hostname-pages.js';

const aStage = sharedStage();
async function pageOf(stage: Stage, given?: Arguments, zone?: string): Promise<Connection> {
  const { data, errors } = await askPage(stage, given, zone);
  expect(errors).toEqual([]);
  if (!data?.zone.hostnames) throw new Error('There is neither a page nor an error.');
  return data.zone.hostnames;
}

const namesOf = ({ nodes }: Connection) => nodes.map(({ name }) => name);

/** Every page from the first to the last, in the order of their requests. */
async function allPages(
  stage: Stage,
  given: Arguments = {},
  between: (page: number) => Promise<void> = () => Promise.resolve(),
) {
  const pages: Connection[] = [];
  for (let after: string | null = null; ;) {
    const page = await pageOf(stage, { ...given, after });
    pages.push(page);
    if (!page.pageInfo.hasNextPage) return pages;
    await between(pages.length);
    after = page.pageInfo.endCursor;
  }
}

describe('The hostnames connection', () => {
  it('The pages contain each hostname exactly once, in the order of the names', async () => {
    const stage = await aStage();
    await anAmount(stage, 250);

    const pages = await allPages(stage, { first: 50 });

    expect(pages.map(({ nodes }) => nodes.length)).toEqual([50, 50, 50, 50, 50]);
    expect(pages.flatMap(namesOf)).toEqual(namesFrom(0, 250));
    expect(pages.map(({ totalCount }) => totalCount)).toEqual([250, 250, 250, 250, 250]);
    expect(pages.map(({ pageInfo }) => pageInfo.hasNextPage)).toEqual([true, true, true, true, false]);
    expect(pages.map(({ pageInfo }) => pageInfo.hasPreviousPage)).toEqual([false, true, true, true, true]);
    for (const { edges, nodes, pageInfo } of pages) {
      expect(edges.map(({ node }) => node.name)).toEqual(nodes.map(({ name }) => name));
      expect(pageInfo.startCursor).toBe(edges[0]?.cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
    }
  });

  it('A page has 50 hostnames if the query has no first', async () => {
    const stage = await aStage();
    await anAmount(stage, 60);
    const { data } = await ask<{ zone: { hostnames: Connection } }>(
      stage.gateway,
      `{ zone(id: "${emptyZone}") { hostnames { nodes { name } pageInfo { hasNextPage } } } }`,
    );
    expect(data?.zone.hostnames).toMatchObject({ pageInfo: { hasNextPage: true } });
    expect(data?.zone.hostnames.nodes).toHaveLength(50);
  });

  it('A cursor stays valid when hostnames are added and removed, also its own hostname', async () => {
    const stage = await aStage();
    const [first = '', second = ''] = await anAmount(stage, 150);

    const pages = await allPages(stage, { first: 50 }, async (page) => {
      if (page !== 1) return;
      // Removed: one before the cursor, the one of the cursor, one after it. Added: one before the cursor, one after it.
      await associate(stage, [nameOf(10), nameOf(49), nameOf(70)], first, null);
      await associate(stage, ['h0020a.example.com', 'h0120a.example.com'], second);
    });

    const names = pages.flatMap(namesOf);
    const expected = [...namesFrom(0, 70), ...namesFrom(71, 50), 'h0120a.example.com', ...namesFrom(121, 29)];
    expect(names).toEqual(expected);
    expect(new Set(names).size).toBe(names.length);
  });

  it('Each hostname has a cursor from which the next page starts', async () => {
    const stage = await aStage();
    await anAmount(stage, 10);
    const { edges } = await pageOf(stage, { first: 10 });

    for (const [index, { cursor }] of edges.entries()) {
      expect(namesOf(await pageOf(stage, { first: 2, after: cursor }))).toEqual(
        namesFrom(index + 1, Math.min(2, 9 - index)),
      );
    }
  });

  it('The page after the last cursor is empty', async () => {
    const stage = await aStage();
    await anAmount(stage, 3);
    const { pageInfo } = await pageOf(stage, { first: 3 });

    expect(await pageOf(stage, { after: pageInfo.endCursor })).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
      totalCount: 3,
    });
  });

  it('A zone without hostnames has one empty page', async () => {
    const stage = await aStage();
    expect(await pageOf(stage)).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 0,
    });
  });

  it('A page has enabled as true, false, and null for a void in progress', async () => {
    const stage = await aStage();
    const { nodes } = await pageOf(stage, {}, seededZone);
    expect(nodes).toEqual([
      { name: 'app.example.com', enabled: true, status: 'ACTIVE' },
      { name: 'legacy.example.com', enabled: false, status: 'ACTIVE' },
      { name: 'old.example.com', enabled: null, status: 'PENDING_DELETION' },
    ]);
  });

  it.each([
    [['ACTIVE'], ['app.example.com', 'legacy.example.com']],
    [['PENDING_DELETION'], ['old.example.com']],
    [
      ['PENDING_DELETION', 'ACTIVE'],
      ['app.example.com', 'legacy.example.com', 'old.example.com'],
    ],
    [['DEPLOYMENT_TIMED_OUT', 'DELETED'], []],
    [[], []],
    [null, ['app.example.com', 'legacy.example.com', 'old.example.com']],
  ])(
    'The list and its total count have only hostnames with one of the statuses %j',
    async (status, names) => {
      const stage = await aStage();
      const page = await pageOf(stage, { status }, seededZone);
      expect(namesOf(page)).toEqual(names);
      expect(page.totalCount).toBe(names.length);
    },
  );

  it('The list has deleted hostnames only if the query asks for DELETED', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'hostname.list', action: { mergeResult: { status: 'deleted' } } }],
    });
    expect((await pageOf(stage, {}, seededZone)).totalCount).toBe(0);
    expect((await pageOf(stage, { status: ['DELETED'] }, seededZone)).totalCount).toBe(3);
  });

  it('A hostname with a status that is not in the schema has the status UNKNOWN', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({
      rules: [{ operation: 'hostname.list', action: { mergeResult: { status: 'resting' } } }],
    });
    const { nodes } = await pageOf(stage, {}, seededZone);
    expect(nodes.map(({ status }) => status)).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });

  it('A page of 0 hostnames has the total count and the page information', async () => {
    const stage = await aStage();
    await anAmount(stage, 3);
    expect(await pageOf(stage, { first: 0 })).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
      totalCount: 3,
    });
  });

  it.each([1001, -1, 2 ** 31 - 1])('A query with first: %d fails with INVALID_INPUT', async (first) => {
    const stage = await aStage();
    const { data, errors } = await askPage(stage, { first });
    expect(data).toEqual({ zone: { hostnames: null } });
    expect(errors).toMatchObject([
      {
        message: '`first` must be from 0 to 1000.',
        path: ['zone', 'hostnames'],
        extensions: { code: 'INVALID_INPUT' },
      },
    ]);
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it.each([
    ['an empty string', ''],
    ['a name', 'h0001.example.com'],
    ['a number', 'MTA='],
    ['not base64', '§§§'],
    ['a cursor in another alphabet of base64', Buffer.from('h2:h0001.example.com').toString('base64')],
  ])('A query fails with INVALID_INPUT if its cursor is %s', async (_, after) => {
    const stage = await aStage();
    const { data, errors } = await askPage(stage, { after });
    expect(data).toEqual({ zone: { hostnames: null } });
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(/^`after` is no cursor of this list/),
        path: ['zone', 'hostnames'],
        extensions: { code: 'INVALID_INPUT' },
      },
    ]);
  });

  it('A list of more than 1,000 hostnames is read in two calls', async () => {
    await using stage = await startStage({ voidMs: 10 * 60 * 1000 });
    const [first = ''] = await anAmount(stage, 1000);
    // A void in progress is still listed, and no longer counts for its certificate.
    await associate(stage, namesFrom(0, 60), first, null);
    await associate(stage, namesFrom(1000, 60), first);
    const before = (await stage.sandbox.calls())['hostname.list'] ?? 0;

    const page = await pageOf(stage, { first: 1000 });
    const calls = ((await stage.sandbox.calls())['hostname.list'] ?? 0) - before;
    const rest = await pageOf(stage, { first: 1000, after: page.pageInfo.endCursor });

    expect(calls).toBe(2);
    expect(page.totalCount).toBe(1060);
    expect(namesOf(page)).toEqual(namesFrom(0, 1000));
    expect(namesOf(rest)).toEqual(namesFrom(1000, 60));
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('The connection is null if the list call fails', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'hostname.list', action: { status: 503 } }] });
    const { data, errors } = await askPage(stage);
    expect(data).toEqual({ zone: { hostnames: null } });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_FAILED', upstreamStatus: 503 } }]);
  });
});
