import { describe, expect, it } from '@jest/globals';
import { startGateway } from '../support/gateway/gateway.js';
import { admission, allOfACertificate, ask } from '../support/graphql/graphql.js';
import { anAssociation, hostnameCertificateInUse, pathOf, seededZone } from '../support/http/requests.js';
import { sharedStage, startStage } from '../support/gateway/stage.js';
import { startUpstream } from '../support/upstream/upstream.js';

const aStage = sharedStage();
const ofTheZone = (selection: string) => `{ zone(id: "${seededZone}") { ${selection} } }`;
const threeFields = 'settings { enabled } certificates { id } hostnameCertificates { id }';

describe('Calls to Cloudflare by selection', () => {
  it.each([
    ['no call for only the id of the zone', 'id', {}],
    ['no call for __typename', '__typename', {}],
    [
      'three calls for settings, certificates and hostname certificates',
      threeFields,
      { 'settings.get': 1, 'zone_certificate.list': 1, 'hostname_certificate.list': 1 },
    ],
    ['one call for the same field twice', 'settings { enabled } settings { enabled }', { 'settings.get': 1 }],
    [
      'one call for a hostname under two aliases',
      `one: hostname(name: "app.example.com") { name } other: hostname(name: "app.example.com") { status }`,
      { 'hostname.get': 1 },
    ],
    [
      'one call for a certificate under two aliases',
      `one: hostnameCertificate(id: "${hostnameCertificateInUse}") { id } other: hostnameCertificate(id: "${hostnameCertificateInUse}") { issuer }`,
      { 'hostname_certificate.get': 1 },
    ],
    [
      'two calls for two hostnames',
      `one: hostname(name: "app.example.com") { name } other: hostname(name: "legacy.example.com") { name }`,
      { 'hostname.get': 2 },
    ],
    [
      'one call for a hostname and its whole certificate',
      `hostname(name: "app.example.com") { name certificate ${allOfACertificate} }`,
      { 'hostname.get': 1 },
    ],
    [
      'one call for a page of hostnames and the ids of their certificates',
      'hostnames { nodes { name certificate { id } } }',
      { 'hostname.list': 1 },
    ],
    [
      'one call for the ids of certificates in a fragment',
      'hostnames { nodes { certificate { ... on Certificate { ... { id __typename } } } } }',
      { 'hostname.list': 1 },
    ],
    [
      'two calls for a page of hostnames and their certificates',
      'hostnames { nodes { certificate { issuer status } } }',
      { 'hostname.list': 1, 'hostname_certificate.list': 1 },
    ],
    [
      'two calls for hostnames with their certificates in edges and in nodes',
      'hostnames { edges { node { certificate { issuer } } } nodes { certificate { status } } }',
      { 'hostname.list': 1, 'hostname_certificate.list': 1 },
    ],
    [
      'two calls for certificates and the hostnames that use them',
      'hostnameCertificates { id hostnames { name } }',
      { 'hostname_certificate.list': 1, 'hostname.list': 1 },
    ],
    [
      'two calls for certificates, their hostnames, and the certificates of those',
      'hostnameCertificates { hostnames { certificate { issuer hostnames { name } } } }',
      { 'hostname_certificate.list': 1, 'hostname.list': 1 },
    ],
    [
      'two calls for two pages of hostnames and their certificates',
      'one: hostnames(first: 1) { nodes { certificate { issuer } } } other: hostnames(first: 2, status: [ACTIVE]) { nodes { certificate { issuer } } }',
      { 'hostname.list': 1, 'hostname_certificate.list': 1 },
    ],
    [
      'one call for the field that is not skipped',
      'settings @include(if: true) { enabled } certificates @skip(if: true) { id }',
      { 'settings.get': 1 },
    ],
  ])('A query makes %s', async (_, selection, calls) => {
    const stage = await aStage();

    const { status, errors } = await ask(stage.gateway, ofTheZone(selection));

    expect({ status, errors }).toEqual({ status: 200, errors: [] });
    expect(await stage.sandbox.calls()).toEqual(calls);
  });

  it('A query makes one call for a zone under two aliases', async () => {
    const stage = await aStage();
    const zone = `zone(id: "${seededZone}") { settings { enabled } }`;

    const { data } = await ask(stage.gateway, `{ one: ${zone} other: ${zone} }`);

    expect(data).toEqual({ one: { settings: { enabled: true } }, other: { settings: { enabled: true } } });
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 1 });
  });

  it('A query after a change reads the field anew', async () => {
    const stage = await aStage();
    const settings = async () => (await ask(stage.gateway, ofTheZone('settings { enabled }'))).data;

    const before = await settings();
    await stage.ask('PUT', pathOf('/settings'), { body: { enabled: false } });

    expect([before, await settings()]).toEqual([
      { zone: { settings: { enabled: true } } },
      { zone: { settings: { enabled: false } } },
    ]);
  });

  it('A mutation reads the fields of its payload after the change', async () => {
    const stage = await aStage();
    const change = { hostname: 'new.example.com', certificateId: hostnameCertificateInUse, action: 'ENABLE' };

    const { data, errors } = await ask(
      stage.gateway,
      `mutation ($input: UpdateHostnamesInput!) {
        updateHostnames(input: $input) { hostnames { certificate { hostnames { name } } } }
      }`,
      { input: { zoneId: seededZone, changes: [change] } },
    );

    expect(errors).toEqual([]);
    expect(data).toEqual({
      updateHostnames: {
        hostnames: [
          {
            certificate: {
              hostnames: [
                { name: 'app.example.com' },
                { name: 'legacy.example.com' },
                { name: 'new.example.com' },
              ],
            },
          },
        ],
      },
    });
    expect(await stage.sandbox.calls()).toEqual({ ...admission, 'hostname.update': 1, 'hostname.list': 1 });
  });
});

describe('Calls to Cloudflare of one operation', () => {
  it('Three calls are made concurrently, in the time of one', async () => {
    const stage = await aStage();
    await ask(stage.gateway, ofTheZone(threeFields));
    await stage.sandbox.faults({ latencyMs: 300 });
    const begunAt = performance.now();

    const { errors } = await ask(stage.gateway, ofTheZone(threeFields));

    const tookMs = performance.now() - begunAt;
    expect(errors).toEqual([]);
    expect(tookMs).toBeGreaterThanOrEqual(290);
    expect(tookMs).toBeLessThan(600);
  });

  it('Three fields of 20 zones are 60 concurrent calls', async () => {
    await using stage = await startStage({ anyZone: true });
    await ask(stage.gateway, ofTheZone(threeFields));
    const before = await stage.sandbox.calls();
    await stage.sandbox.faults({ latencyMs: 300 });
    const zones = Array.from({ length: 20 }, (_, index) => String(index).padStart(32, '0'));
    const fields = zones.map((id, index) => `zone${index}: zone(id: "${id}") { id ${threeFields} }`);
    const begunAt = performance.now();

    const { data, errors } = await ask<Record<string, { id: string }>>(
      stage.gateway,
      `{ ${fields.join(' ')} }`,
    );

    const tookMs = performance.now() - begunAt;
    expect(errors).toEqual([]);
    expect(Object.values(data ?? {})).toEqual(
      zones.map((id) => ({ id, settings: { enabled: false }, certificates: [], hostnameCertificates: [] })),
    );
    const after = await stage.sandbox.calls();
    const counted = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]);
    expect(Object.fromEntries(counted)).toEqual({
      'settings.get': 20,
      'zone_certificate.list': 20,
      'hostname_certificate.list': 20,
    });
    // One after the other they would take 18 s.
    expect(tookMs).toBeLessThan(1800);
  });

  it('A document that needs more than 100 calls answers LIMIT_EXCEEDED before the first call', async () => {
    await using stage = await startStage({ anyZone: true });
    const five = `${threeFields} hostnames { totalCount } hostname(name: "app.example.com") { name }`;
    const fields = Array.from({ length: 21 }, (_, index) => {
      const id = String(index).padStart(32, '0');
      return `zone${index}: zone(id: "${id}") { ${five} }`;
    });
    const { status, data, errors } = await ask(stage.gateway, `{ ${fields.join(' ')} }`);

    expect([status, data]).toEqual([400, null]);
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(/at most 100 /),
        extensions: expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit: 'upstreamCalls', max: 100 }),
      }),
    ]);
    expect(await stage.sandbox.calls()).toEqual({});
  });

  it('A document that needs 100 calls makes 100 calls', async () => {
    await using stage = await startStage({ anyZone: true });
    const five = `${threeFields} hostnames { totalCount } hostname(name: "app.example.com") { name }`;
    const fields = Array.from({ length: 20 }, (_, index) => {
      const id = String(index).padStart(32, '0');
      return `zone${index}: zone(id: "${id}") { ${five} }`;
    });
    const { status, errors } = await ask(stage.gateway, `{ ${fields.join(' ')} }`);

    expect([status, errors.length]).toEqual([200, 0]);
    const calls = Object.values(await stage.sandbox.calls());
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  it('The gateway makes at most 100 calls, and each field beyond them fails with LIMIT_EXCEEDED', async () => {
    const associations = Array.from({ length: 150 }, (_, index) => {
      const id = String(index).padStart(3, '0');
      return anAssociation({
        hostname: `h${id}.example.com`,
        cert_id: id.padStart(32, '0'),
        status: 'active',
      });
    });
    const asked: string[] = [];
    await using upstream = await startUpstream(({ url = '' }, response) => {
      asked.push(url);
      const id = /\/certificates\/(\w{32})$/.exec(url)?.[1];
      const result = id ? { id, issuer: 'somebody' } : url.includes('/certificates') ? [] : associations;
      response.setHeader('content-type', 'application/json');
      const counts = { page: 1, total_pages: 1, total_count: associations.length };
      const info = result === associations ? { result_info: counts } : {};
      response.end(JSON.stringify({ success: true, errors: [], messages: [], result, ...info }));
    });
    const gateway = await startGateway({ upstream: upstream.url });

    const { data, errors } = await ask<{ zone: { hostnames: { nodes: { certificate: unknown }[] } } }>(
      gateway,
      ofTheZone('hostnames(first: 150) { nodes { name certificate { issuer } } }'),
    );
    await gateway.close();

    expect(asked).toHaveLength(100);
    const nodes = data?.zone.hostnames.nodes ?? [];
    expect(nodes).toHaveLength(150);
    expect(nodes.filter(({ certificate }) => certificate !== null)).toHaveLength(98);
    expect(errors).toHaveLength(52);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['LIMIT_EXCEEDED']));
  });
});
