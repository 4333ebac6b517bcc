import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import { installClients } from '../support/clients/installed.js';
import { openPage, type Page } from '../support/clients/page.js';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { mutationOf } from '../support/graphql/graphql.js';
import {
  aChange,
  changing,
  deleting,
  inputs,
  mutationNames,
  unknownId,
} from '../support/graphql/mutations.js';
import {
  apiKey,
  email,
  emptyZone,
  hostnameCertificateInUse,
  pathOf,
  seededZone,
  zoneCertificate,
} from '../support/http/requests.js';

/** What the page shows, and what each mutation asks for: a new field of the zone that a mutation changes is added here. */
const zone = `id
  settings { id enabled }
  globalLevel { id enabled missingPermission }
  certificates { id status inUse { isInUse hostnames { id } } }
  hostnameCertificates { id status expiresOn }
  hostnames(first: 50) {
    totalCount
    edges { cursor node { id name enabled status certificate { id status } } }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }`;
const zonePage = `query ($zone: ID!) { zone(id: $zone) { ${zone} } }`;
const payload = `{ zone { ${zone} } receipt { seq hash } userErrors { __typename code message } }`;
const inZone = { zone: seededZone };

const kept = { CACHE_TTL_LIST_SECONDS: 60, CACHE_TTL_ITEM_SECONDS: 60, CACHE_TTL_PENDING_SECONDS: 60 };
const slow = { deployMs: 60_000, deleteMs: 60_000, voidMs: 60_000 };
const edges = [
  { edge: 'at once', aStage: sharedStage({}, kept) },
  { edge: 'in a minute', aStage: sharedStage(slow, kept) },
];

describe.each(['apollo', 'urql'] as const)('A page with the normalized cache of %s', (client) => {
  beforeAll(() => installClients(), 5 * 60 * 1000);
  const aStage = sharedStage();
  const openZone = (stage: Stage) => openPage<{ zone: object }>(client, stage, zonePage, inZone);

  describe.each(edges)('Where changes reach the edge $edge', ({ aStage }) => {
    it.each(mutationNames)('Shows the zone as it is after %s, by one request and no other', async (name) => {
      const stage = await aStage();
      const page = await openZone(stage);
      const before = page.cached();
      expect(page.shown().data).toEqual(before);
      const opened = page.requests();

      const answer = await page.mutate(mutationOf(name, payload), await inputs[name]());

      expect(answer[name]?.userErrors).toEqual([]);
      expect(await pageThatShows(stage, page)).not.toEqual(before);
      expect([opened, page.requests()]).toEqual([1, 2]);
      expect(page.warnings).toEqual([]);
      page.close();
    });
  });

  /** What the page shows as soon as it is what a page shows that reads all of it anew. */
  async function pageThatShows(stage: Stage, page: Page<{ zone: object }>) {
    const fresh = await openZone(stage);
    const wanted = fresh.shown();
    fresh.close();
    expect(wanted.error).toBeUndefined();
    await eventually(() => JSON.stringify(page.shown()) === JSON.stringify(wanted) || undefined).catch(() =>
      expect(page.shown()).toEqual(wanted),
    );
    expect(page.cached()).toEqual(wanted.data);
    return page.cached();
  }

  it('Shows the zone as before after a refusal, and the hostnames that are in the way', async () => {
    const stage = await aStage();
    const page = await openZone(stage);
    const before = page.shown();
    const refusal = `{ zone { ${zone} } userErrors { __typename code ... on UserError { message }
      ... on CertificateInUse { hostnames { id name } } } }`;

    const answer = await page.mutate(
      mutationOf('deleteHostnameCertificate', refusal),
      deleting(hostnameCertificateInUse),
    );

    expect(answer['deleteHostnameCertificate']?.userErrors).toMatchObject([
      {
        __typename: 'CertificateInUse',
        code: 'CONFLICT',
        message: expect.stringContaining('app.example.com'),
        hostnames: [{ name: 'app.example.com' }, { name: 'legacy.example.com' }],
      },
    ]);
    expect(page.shown()).toEqual(before);
    expect(page.requests()).toBe(2);
    page.close();
  });

  it('Shows a changed hostname where only the hostname was asked for', async () => {
    const page = await openZone(await aStage());
    const change = aChange({ hostname: 'app.example.com', action: 'DISABLE' });
    const answer = await page.mutate(
      mutationOf('updateHostnames', '{ hostnames { id enabled status } userErrors { code } }'),
      changing(change),
    );
    expect(answer['updateHostnames']?.userErrors).toEqual([]);
    const shown = () => JSON.stringify(page.shown().data);
    await eventually(() => shown().includes('"name":"app.example.com","enabled":false') || undefined);
    expect(page.requests()).toBe(2);
    page.close();
  });

  it('Keeps what it knows of the use of a certificate where a mutation asks for less of it', async () => {
    const page = await openZone(await aStage());
    const less = '{ zone { id certificates { id status inUse { isInUse } } } userErrors { code } }';
    await page.mutate(mutationOf('deleteZoneCertificate', less), deleting(zoneCertificate));
    const shown = () => JSON.stringify(page.shown().data);
    await eventually(() => (shown().includes(`:${zoneCertificate}"`) ? undefined : true));
    expect(page.requests()).toBe(2);
    page.close();
  });

  it('Shows what is wrong with a document that the schema does not accept', async () => {
    const page = await openPage(client, await aStage(), '{ zones { id } }');
    const { data, error } = page.shown();
    expect(data ?? null).toBeNull();
    expect(error?.message).toContain('Cannot query field "zones"');
    const { errors, graphQLErrors = errors } = error as unknown as Readonly<Record<string, unknown>>;
    expect(graphQLErrors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    page.close();
  });

  it('Shows each event of the audit log with its own caller', async () => {
    const stage = await aStage();
    const key = { 'x-auth-email': email, 'x-auth-key': apiKey };
    for (const agent of ['first', 'second']) {
      const headers = { ...key, 'user-agent': agent };
      await stage.ask('PUT', pathOf('/settings', emptyZone), { headers, body: { enabled: true } });
    }
    const query = `query ($zone: ID!) { zone(id: $zone) { id auditEvents(first: 4, filter: { status: SUCCESS }) {
      nodes { opId actor { identity userAgent } } } } }`;
    const page = await openPage<EventsShown>(client, { ...stage, bearer: key }, query, { zone: emptyZone });
    const { nodes } = page.shown().data?.zone.auditEvents ?? { nodes: [] };
    expect(nodes.slice(0, 2).map(({ actor }) => actor)).toMatchObject([
      { identity: email, userAgent: 'second' },
      { identity: email, userAgent: 'first' },
    ]);
    page.close();
  });

  it('Adds the second page of hostnames to the first', async () => {
    const stage = await aStage();
    const query = `query ($zone: ID!, $after: String) { zone(id: $zone) { id hostnames(first: 2, after: $after) {
      edges { cursor node { id name } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } } }`;
    const page = await openPage<HostnamesShown>(client, stage, query, inZone);
    expect(namesOf(page)).toEqual(['app.example.com', 'legacy.example.com']);

    await page.more();

    await eventually(() => namesOf(page).length === 3 || undefined);
    expect(namesOf(page)).toEqual(['app.example.com', 'legacy.example.com', 'old.example.com']);
    expect(page.shown().data?.zone.hostnames.pageInfo.hasNextPage).toBe(false);
    expect(page.requests()).toBe(2);
    page.close();
  });

  it('Shows null, without an error, for what does not exist', async () => {
    const query = `query ($zone: ID!) {
      zone(id: $zone) { id certificate(id: "${unknownId}") { id } hostname(name: "no.example.com") { id }
        hostnameCertificate(id: "00000000-0000-4000-8000-000000000000") { id } }
      node(id: "${seededZone}:zone_certificate:${unknownId}") { id } }`;
    const page = await openPage(client, await aStage(), query, inZone, { errorPolicy: 'none' });
    expect(page.shown()).toMatchObject({
      data: { zone: { certificate: null, hostname: null, hostnameCertificate: null }, node: null },
      error: undefined,
    });
    expect(page.requests()).toBe(1);
    page.close();
  });

  it('Shows what could be read beside what could not', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action: { status: 500 } }] });
    const page = await openZone(stage);
    expect(page.shown()).toMatchObject({
      data: { zone: { settings: null, hostnames: { totalCount: 3 } } },
      error: { message: expect.stringContaining('Injected') },
    });
    page.close();
  });

  it('Finds a certificate of either kind by its id, through fragments on interfaces', async () => {
    const stage = await aStage();
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Certificate { status cloudflareId }
      ... on Hostname { name } } }`;
    const ids = [
      `${seededZone}:zone_certificate:${zoneCertificate}`,
      `${seededZone}:hostname_certificate:${hostnameCertificateInUse}`,
      `${seededZone}:hostname:app.example.com`,
    ];
    const page = await openPage(client, stage, query, { ids });
    const wanted = [
      { __typename: 'ZoneCertificate', status: 'ACTIVE', cloudflareId: zoneCertificate },
      { __typename: 'HostnameCertificate', status: 'ACTIVE', cloudflareId: hostnameCertificateInUse },
      { __typename: 'Hostname', name: 'app.example.com' },
    ];
    expect(page.shown()).toMatchObject({ data: { nodes: wanted }, error: undefined });
    expect(page.cached()).toMatchObject({ nodes: wanted });
    page.close();
  });
});

interface EventsShown {
  readonly zone: { readonly auditEvents: { readonly nodes: readonly { readonly actor: object }[] } };
}

interface HostnamesShown {
  readonly zone: {
    readonly hostnames: {
      readonly edges: readonly { readonly node: { readonly name: string } }[];
      readonly pageInfo: { readonly hasNextPage: boolean };
    };
  };
}

const namesOf = (page: Page<HostnamesShown>) =>
  page.shown().data?.zone.hostnames.edges.map(({ node }) => node.name) ?? [];

describe('Apollo Client without its settings', () => {
  beforeAll(() => installClients(), 5 * 60 * 1000);
  const aStage = sharedStage();

  it('Shows nothing where one field failed, unless errorPolicy is all', async () => {
    const stage = await aStage();
    await stage.sandbox.faults({ rules: [{ operation: 'settings.get', action: { status: 500 } }] });
    const page = await openPage('apollo', stage, zonePage, inZone, { errorPolicy: 'none' });
    expect(page.shown()).toMatchObject({ data: undefined, error: { message: expect.any(String) } });
    page.close();
  });

  it('Leaves out the fields of fragments on interfaces, unless it has possibleTypes', async () => {
    const query = `{ node(id: "${seededZone}:zone_certificate:${zoneCertificate}") { id ... on Certificate { status } } }`;
    const page = await openPage<{ node: object }>('apollo', await aStage(), query, {}, { types: {} });
    expect(page.shown().data?.node).not.toHaveProperty('status');
    page.close();
  });
});
