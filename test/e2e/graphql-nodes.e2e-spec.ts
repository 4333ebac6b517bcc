import { describe, expect, it } from '@jest/globals';
import { sharedStage, type Stage } from '../support/gateway/stage.js';
import { ask, mutate } from '../support/graphql/graphql.js';
import { aChange, changing, deletable, deleting } from '../support/graphql/mutations.js';
import {
  emptyZone,
  hostnameCertificateInUse,
  seededZone,
  zoneCertificate,
} from '../support/http/requests.js';

const aStage = sharedStage();

const ids = {
  Zone: seededZone,
  ZoneSettings: `${seededZone}:settings`,
  GlobalLevel: `${seededZone}:global_level`,
  ZoneCertificate: `${seededZone}:zone_certificate:${zoneCertificate}`,
  HostnameCertificate: `${seededZone}:hostname_certificate:${hostnameCertificateInUse}`,
  Hostname: `${seededZone}:hostname:app.example.com`,
};

interface NodeShown {
  readonly __typename: string;
  readonly id: string;
}

async function nodeOf(stage: Stage, id: string, selection = '__typename id') {
  const query = `query ($id: ID!) { node(id: $id) { ${selection} } }`;
  const { data, errors } = await ask<{ node: NodeShown | null }>(stage.gateway, query, { id }, stage.bearer);
  return { node: data?.node, errors };
}

describe('Nodes', () => {
  it('Each thing in a zone has the id that node() finds it by', async () => {
    const stage = await aStage();
    const { data, errors } = await ask<{ zone: Record<string, NodeShown> }>(
      stage.gateway,
      `{ zone(id: "${seededZone}") {
        __typename id
        settings { __typename id }
        globalLevel { __typename id }
        certificate(id: "${zoneCertificate}") { __typename id }
        hostnameCertificate(id: "${hostnameCertificateInUse}") { __typename id }
        hostname(name: "APP.example.com") { __typename id }
      } }`,
    );
    expect(errors).toEqual([]);
    const { __typename, id, ...fields } = data?.zone ?? {};
    const shown = [{ __typename, id }, ...Object.values(fields)] as unknown as NodeShown[];
    expect(Object.fromEntries(shown.map((each) => [each.__typename, each.id]))).toEqual(ids);
    for (const each of shown) expect(await nodeOf(stage, each.id)).toEqual({ node: each, errors: [] });
  });

  it('A node has the fields of its type', async () => {
    const stage = await aStage();
    const { node } = await nodeOf(
      stage,
      ids.Hostname,
      '... on Hostname { name enabled certificate { cloudflareId } }',
    );
    expect(node).toEqual({
      name: 'app.example.com',
      enabled: true,
      certificate: { cloudflareId: hostnameCertificateInUse },
    });
    const zone = await nodeOf(stage, ids.Zone, '... on Zone { cloudflareId hostnames { totalCount } }');
    expect(zone.node).toEqual({ cloudflareId: seededZone, hostnames: { totalCount: 3 } });
  });

  it.each([
    `${seededZone}:zone_certificate:${'0'.repeat(32)}`,
    `${seededZone}:hostname_certificate:${'0'.repeat(32)}`,
    `${seededZone}:hostname:unknown.example.com`,
  ])('node() of %s, which does not exist, is null without an error', async (id) => {
    expect(await nodeOf(await aStage(), id)).toEqual({ node: null, errors: [] });
  });

  it.each([
    '',
    'x',
    zoneCertificate.toUpperCase(),
    `${seededZone}:`,
    `${seededZone}:zone`,
    `${seededZone}:zone_certificate`,
    `${seededZone}:zone_certificate:`,
    `${seededZone}:zone_certificate:../settings`,
    `${seededZone}:hostname:a b`,
    `${seededZone}:settings:`,
    `${seededZone}:settings:x`,
    `${seededZone}:constructor:x`,
    `${seededZone.toUpperCase()}:settings`,
    `${ids.Hostname}:x`,
  ])('node() of %j answers INVALID_INPUT without a call', async (id) => {
    const stage = await aStage();
    const { node, errors } = await nodeOf(stage, id);
    expect(node).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/not the id of a node/), path: ['node'] },
    ]);
    expect(errors[0]?.extensions.code).toBe('INVALID_INPUT');
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it('node() is refused as the field that it stands for', async () => {
    const stage = await aStage();
    const foreign = 'a'.repeat(32);
    const { node, errors } = await nodeOf(stage, `${foreign}:settings`);
    expect(node).toBeNull();
    expect(errors).toMatchObject([{ path: ['node'], extensions: { code: 'FORBIDDEN' } }]);
    const without = await ask(stage.gateway, `{ node(id: "${ids.ZoneSettings}") { id } }`, {}, {});
    expect(without.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('nodes() has the order of its ids, null for what does not exist, and an error for each bad id', async () => {
    const stage = await aStage();
    const asked = [ids.Hostname, 'x', `${seededZone}:hostname:unknown.example.com`, ids.Zone, ids.Hostname];
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
    const { data, errors } = await ask<{ nodes: unknown[] }>(stage.gateway, query, { ids: asked });
    const hostname = { __typename: 'Hostname', id: ids.Hostname };
    expect(data?.nodes).toEqual([hostname, null, null, { __typename: 'Zone', id: ids.Zone }, hostname]);
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'INVALID_INPUT' } }]);
    expect(await stage.sandbox.calls()).toEqual({ 'hostname.get': 2 });
  });

  it.each([
    ['101 ids', 101, 'id'],
    ['51 zones with a call for each', 51, '... on Zone { settings { enabled } }'],
    ['26 zones with three calls for each', 26, '...z'],
  ])('nodes() of %s answers LIMIT_EXCEEDED without a call', async (_, count, selection) => {
    const stage = await aStage();
    const fragment = 'fragment z on Zone { settings { id } certificates { id } hostnames { totalCount } }';
    const given = Array.from({ length: count }, (_, index) => index.toString(16).padStart(32, '0'));
    const asVariable = `query ($ids: [ID!]!) { nodes(ids: $ids) { ${selection} } }`;
    const asDefault = `query ($ids: [ID!]! = ${JSON.stringify(given)}) { nodes(ids: $ids) { ${selection} } }`;
    const asLiteral = `{ nodes(ids: ${JSON.stringify(given)}) { ${selection} } }`;
    for (const [query, variables] of [[asVariable, { ids: given }], [asDefault], [asLiteral]] as const) {
      const document = selection === '...z' ? `${query} ${fragment}` : query;
      const { status, data, errors } = await ask(stage.gateway, document, variables);
      expect([status, data]).toEqual([400, null]);
      expect(errors).toMatchObject([
        { extensions: { code: 'LIMIT_EXCEEDED', limit: 'upstreamCalls', max: 100 } },
      ]);
    }
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it('nodes() of 100 zones without further fields is answered without a call', async () => {
    const stage = await aStage();
    const given = Array.from({ length: 100 }, (_, index) => index.toString(16).padStart(32, '0'));
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { data, errors } = await ask(stage.gateway, query, { ids: given });
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: given.map((id) => ({ id })) });
    expect(await stage.sandbox.calls()).toEqual({});
  });
});

describe('Inputs that name a certificate', () => {
  it.each([
    ['certificate', zoneCertificate, ids.ZoneCertificate],
    ['hostnameCertificate', hostnameCertificateInUse, ids.HostnameCertificate],
  ])('zone { %s(id) } takes both ids', async (field, cloudflareId, id) => {
    const stage = await aStage();
    for (const given of [cloudflareId, id]) {
      const query = `{ zone(id: "${seededZone}") { ${field}(id: "${given}") { id cloudflareId } } }`;
      const { data } = await ask(stage.gateway, query);
      expect(data).toEqual({ zone: { [field]: { id, cloudflareId } } });
    }
  });

  it('Changes take both ids', async () => {
    const stage = await aStage();
    const change = aChange({ certificateId: ids.HostnameCertificate });
    const updated = await mutate(stage.gateway, 'updateHostnames', changing(change), stage.bearer);
    expect(updated.payload?.userErrors).toEqual([]);
    const id = `${seededZone}:hostname_certificate:${deletable}`;
    const deleted = await mutate(stage.gateway, 'deleteHostnameCertificate', deleting(id), stage.bearer);
    expect(deleted.payload).toMatchObject({ certificate: { id: deletable }, userErrors: [] });
  });

  const otherZone = `${emptyZone}:zone_certificate:${zoneCertificate}`;
  it.each([
    ['of another zone', otherZone, /of another zone/],
    ['of another kind', ids.HostnameCertificate, /is a hostname certificate/],
    ['of a hostname', ids.Hostname, /not the id of a certificate/],
    ['of nothing', `${seededZone}:zone_certificate:x`, /not the id of a certificate/],
  ])('An id %s answers INVALID_INPUT without a call', async (_, id, message) => {
    const stage = await aStage();
    const query = `{ zone(id: "${seededZone}") { certificate(id: "${id}") { id } } }`;
    const { data, errors } = await ask(stage.gateway, query, {}, stage.bearer);
    expect(data).toEqual({ zone: { certificate: null } });
    expect(errors).toMatchObject([
      { message: expect.stringMatching(message), extensions: { code: 'INVALID_INPUT' } },
    ]);
    const { payload } = await mutate(stage.gateway, 'deleteZoneCertificate', deleting(id), stage.bearer);
    expect(payload?.userErrors).toMatchObject([
      { code: 'INVALID_INPUT', message: expect.stringMatching(message), field: ['input', 'certificateId'] },
    ]);
    expect(await stage.sandbox.calls()).toEqual({});
  });
});

describe('Audit events as nodes', () => {
  const events = `{ zone(id: "${seededZone}") { settings { enabled } auditEvents(first: 10) { nodes { __typename id opId stage at } } } }`;

  it('node() finds each event of the zone, and the target filter takes the id of a node', async () => {
    const stage = await aStage();
    const change = aChange({ hostname: 'node.example.com' });
    await mutate(stage.gateway, 'updateHostnames', changing(change), stage.bearer);
    const found = `{ zone(id: "${seededZone}") { auditEvents(filter: { target: "${seededZone}:hostname:node.example.com" }) { nodes { __typename id opId stage at } } } }`;
    const { data, errors } = await ask<{
      zone: { auditEvents: { nodes: (NodeShown & { stage: string })[] } };
    }>(stage.gateway, found, {}, stage.bearer);
    expect(errors).toEqual([]);
    const nodes = data?.zone.auditEvents.nodes ?? [];
    expect(nodes.map(({ stage: one }) => one)).toEqual(['OUTCOME', 'INTENT']);
    for (const each of nodes) {
      const shown = await nodeOf(stage, each.id, '__typename id ... on AuditEvent { opId stage at }');
      expect(shown).toEqual({ node: each, errors: [] });
    }
    const otherZone = nodes[0]?.id.replace(seededZone, emptyZone) ?? '';
    expect(await nodeOf(stage, otherZone)).toEqual({ node: null, errors: [] });
  });

  it('An answer with an audit event is not kept as a whole, whatever is asked of the event', async () => {
    const stage = await aStage();
    await mutate(stage.gateway, 'updateZoneSettings', { zoneId: seededZone, enabled: true }, stage.bearer);
    const { data } = await ask<{ zone: { auditEvents: { nodes: NodeShown[] } } }>(
      stage.gateway,
      events,
      {},
      stage.bearer,
    );
    const id = data?.zone.auditEvents.nodes[0]?.id ?? '';
    const query = `{ nodes(ids: ["${id}", "${ids.ZoneSettings}"]) { __typename id } }`;
    for (let time = 0; time < 2; time += 1) {
      const reply = await ask<{ nodes: NodeShown[] }>(stage.gateway, query, {}, stage.bearer);
      expect(reply.data?.nodes.map(({ __typename }) => __typename)).toEqual(['AuditEvent', 'ZoneSettings']);
    }
    await stage.sandbox.faults({ rules: [{ action: { refuseToken: true } }] });
    // The admission of this credential holds for 30 s; a read that is refused ends it.
    await ask(stage.gateway, `{ zone(id: "${seededZone}") { hostnames { totalCount } } }`, {}, stage.bearer);
    const refused = await ask<{ nodes: unknown[] }>(stage.gateway, query, {}, stage.bearer);
    expect(refused.data?.nodes).toEqual([null, null]);
  });

  it('The target filter refuses the id of another zone', async () => {
    const stage = await aStage();
    const query = `{ zone(id: "${seededZone}") { auditEvents(filter: { target: "${emptyZone}:hostname:app.example.com" }) { nodes { id } } } }`;
    const { errors } = await ask(stage.gateway, query, {}, stage.bearer);
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/another zone/), extensions: { code: 'INVALID_INPUT' } },
    ]);
  });
});
