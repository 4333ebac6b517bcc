import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { asBearer } from '../support/access/attacks.js';
import { audience, startIssuer } from '../support/access/issuer.js';
import { type ManagedStage, startManagedStage } from '../support/access/managed-stage.js';
import { longLifetimes } from '../support/cache/caching.js';
import { ask } from '../support/graphql/graphql.js';
import { call, codeOf, envelopeOf } from '../support/http/http.js';
import {
  emptyZone,
  globalLevelOf,
  hostnameCertificateInUse,
  pathOf,
  seededZone,
  zoneCertificate,
} from '../support/http/requests.js';

/** May read the seeded zone. */
const insider = { sub: 'insider', email: 'insider@example.com', groups: ['insiders'] };
/** May read and change the empty zone. */
const outsider = { sub: 'outsider', email: 'outsider@example.com', groups: ['outsiders'] };

describe('A zone of another caller', () => {
  let stage: ManagedStage;
  let inside: { authorization: string };
  let outside: { authorization: string };

  beforeAll(async () => {
    const grant = (groups: string, role: string, zone: string) => ({
      issuer: 'test',
      claims: { groups },
      role,
      zones: [zone],
    });
    stage = await startManagedStage(
      {
        grants: [
          grant('insiders', 'auditor', seededZone),
          grant('outsiders', 'admin', emptyZone),
          grant('outsiders', 'auditor', emptyZone),
          { key: 'auditor', role: 'auditor', zones: ['*'] },
        ],
      },
      longLifetimes,
    );
    inside = asBearer(await stage.issuer.token(insider));
    outside = asBearer(await stage.issuer.token(outsider));
  });

  beforeEach(() => stage.recorder.forget());
  afterAll(async () => await stage?.[Symbol.asyncDispose]());

  const expectForbidden = async (query: string, variables: Record<string, unknown> = {}) => {
    const { data, errors } = await ask(stage.gateway, query, variables, outside);
    expect(errors.length).toBeGreaterThan(0);
    for (const { extensions } of errors) expect(extensions.code).toBe('FORBIDDEN');
    expect(stage.recorder.exchanges).toEqual([]);
    return data;
  };

  it('Is not read through an id, a certificate id, or a cursor', async () => {
    const nodes = [
      `${seededZone}:settings`,
      `${seededZone}:global_level`,
      `${seededZone}:zone_certificate:${zoneCertificate}`,
      `${seededZone}:hostname_certificate:${hostnameCertificateInUse}`,
      `${seededZone}:hostname:app.example.com`,
    ];
    const data = await expectForbidden('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: nodes });
    expect(data).toEqual({ nodes: nodes.map(() => null) });
    const page = await ask<{ zone: { hostnames: { pageInfo: { endCursor: string } } } }>(
      stage.gateway,
      `{ zone(id: "${seededZone}") { hostnames(first: 1) { pageInfo { endCursor } } } }`,
      {},
      inside,
    );
    stage.recorder.forget();
    const after = page.data?.zone.hostnames.pageInfo.endCursor;
    expect(after).toBeDefined();
    await expectForbidden(
      `query ($after: String) { zone(id: "${seededZone}") { hostnames(after: $after) { totalCount } } }`,
      { after },
    );
    // In a zone of one's own the cursor is a place in the list of that zone.
    const own = await ask<object>(
      stage.gateway,
      `query ($after: String) { zone(id: "${emptyZone}") { hostnames(after: $after) { totalCount nodes { name } } } }`,
      { after },
      outside,
    );
    expect(own.data).toEqual({ zone: { hostnames: { totalCount: 0, nodes: [] } } });
  });

  it('Is not read through the id of a certificate in an own zone, whose id names the other', async () => {
    const id = `${seededZone}:hostname_certificate:${hostnameCertificateInUse}`;
    const byId = await ask(
      stage.gateway,
      `query ($id: ID!) { zone(id: "${emptyZone}") { hostnameCertificate(id: $id) { pem } } }`,
      { id },
      outside,
    );
    const bare = await ask<object>(
      stage.gateway,
      `query ($id: ID!) { zone(id: "${emptyZone}") { hostnameCertificate(id: $id) { pem } } }`,
      { id: hostnameCertificateInUse },
      outside,
    );
    const deletion = await ask(
      stage.gateway,
      'mutation ($input: DeleteCertificateInput!) { deleteHostnameCertificate(input: $input) { userErrors { code } } }',
      { input: { zoneId: emptyZone, certificateId: id } },
      outside,
    );

    expect(byId.errors[0]?.extensions.code ?? byId.data).not.toBe('FORBIDDEN');
    expect(JSON.stringify([byId.data, deletion.data])).not.toContain('BEGIN CERTIFICATE');
    expect(bare.data).toEqual({ zone: { hostnameCertificate: null } });
    for (const { url } of stage.recorder.exchanges) expect(url).not.toContain(seededZone);
  });

  it('Is not reached by another spelling of its path', async () => {
    const settings = pathOf('/settings').slice(1);
    const percent = (text: string) =>
      [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
    const spellings = [
      `/${settings.replace(seededZone, percent(seededZone))}`,
      `/${settings.replace(seededZone, seededZone.toUpperCase())}`,
      `/${settings.replace(seededZone, `${emptyZone}/../${seededZone}`)}`,
      `/${settings.replace(seededZone, `${emptyZone}%2f..%2f${seededZone}`)}`,
      `/${settings.replace(seededZone, `${emptyZone}/..%2f${seededZone}`)}`,
      `/${settings.replace(seededZone, `${seededZone}%00`)}`,
      `/${settings.replace(seededZone, `%20${seededZone}`)}`,
      `/${settings.replace(seededZone, `${seededZone}.`)}`,
      `//${settings}`,
      `/./${settings}`,
      `/zones/${emptyZone}/origin_tls_client_auth/../../${seededZone}/origin_tls_client_auth/settings`,
      `/zones/${emptyZone}/origin_tls_client_auth/hostnames/..%2f..%2f..%2f${seededZone}`,
      `/${settings}/`,
      `/${settings}?zone_id=${emptyZone}`,
      `/${settings};zone_id=${emptyZone}`,
      `/${settings.toUpperCase()}`,
    ];
    // What is in the cache must not be given either.
    await stage.ask('GET', pathOf('/settings'), { headers: inside });
    stage.recorder.forget();
    for (const path of spellings) {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'POST']) {
        const reply = await stage.ask(method, path, {
          headers: outside,
          ...(method.startsWith('P') && { body: { enabled: false, value: 'off' } }),
        });
        expect({ path, method, isRefused: reply.status >= 400 && reply.status < 500 }).toEqual({
          path,
          method,
          isRefused: true,
        });
      }
    }
    for (const { url } of stage.recorder.exchanges) expect(url).not.toContain(seededZone);
  });

  it('A hit that another caller has filled is not given', async () => {
    for (const path of [pathOf('/settings'), pathOf('/hostnames'), pathOf(''), globalLevelOf()]) {
      await stage.ask('GET', path, { headers: inside });
      const hit = await stage.ask('GET', path, { headers: inside });
      expect(hit.headers['cache-status']).toContain('hit');
      stage.recorder.forget();
      for (const method of ['GET', 'HEAD'])
        for (const more of [
          {},
          { 'if-none-match': hit.headers.etag ?? '*' },
          { 'if-none-match': '*' },
          { range: 'bytes=0-' },
        ]) {
          const reply = await stage.ask(method, path, { headers: { ...outside, ...more } });
          expect(reply.status).toBe(403);
          expect(reply.headers['cache-status']).toBeUndefined();
          expect(reply.headers.etag).toBeUndefined();
        }
      expect(stage.recorder.exchanges).toEqual([]);
    }
  });

  it('A whole answer that another caller has filled is not given, and serves who may read it', async () => {
    const query = `{ zone(id: "${seededZone}") { settings { enabled } hostnames { totalCount } } }`;
    const other = asBearer(await stage.issuer.token({ ...insider, sub: 'other insider' }));
    for (let count = 0; count < 3; count += 1)
      expect((await ask(stage.gateway, query, {}, inside)).errors).toEqual([]);
    stage.recorder.forget();

    const refused = await ask(stage.gateway, query, {}, outside);
    expect(refused.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(refused.data).toEqual({ zone: { settings: null, hostnames: null } });
    expect((await ask(stage.gateway, query, {}, other)).errors).toEqual([]);
    expect(stage.recorder.exchanges).toEqual([]);
    const byGet = `${stage.gateway.url}/graphql?query=${encodeURIComponent(query)}`;
    const preflighted = { 'apollo-require-preflight': 'true' };
    for (let count = 0; count < 3; count += 1)
      expect(
        (await call(byGet, 'GET', { headers: { ...inside, ...preflighted } })).body.toString(),
      ).toContain('"enabled"');
    const overGet = await call(byGet, 'GET', { headers: { ...outside, ...preflighted } });
    expect(overGet.body.toString()).toContain('FORBIDDEN');
    expect(overGet.body.toString()).not.toContain('"enabled"');
  });

  it('Two callers with the same query get each their own viewer, and their own audit events', async () => {
    const both = (zone: string) =>
      `{ viewer { actor name zones actions(zoneId: "${zone}") } zone(id: "${zone}") { settings { enabled } auditEvents(first: 5) { nodes { action } } } }`;
    const seen = async (headers: { authorization: string }, zone: string) =>
      ask<{ viewer: { actor: string; name: string; zones: string[]; actions: string[] } }>(
        stage.gateway,
        both(zone),
        {},
        headers,
      );
    for (let round = 0; round < 3; round += 1) {
      const one = await seen(inside, seededZone);
      const two = await seen(outside, seededZone);

      expect(one.data?.viewer).toMatchObject({
        actor: 'test|insider',
        name: insider.email,
        zones: [seededZone],
      });
      expect(one.data?.viewer.actions).toContain('audit.search');
      expect(two.data?.viewer).toMatchObject({
        actor: 'test|outsider',
        name: outsider.email,
        zones: [emptyZone],
        actions: [],
      });
      expect(two.errors.length).toBe(2);
      expect(JSON.stringify(two)).not.toContain('insider@');
    }
  });

  it('The events of another zone are not found, by any filter, cursor or id', async () => {
    const search = (query: string, headers = outside) =>
      call(`${stage.gateway.url}/audit/events${query}`, 'GET', { headers });
    const own = await search(`?zone=${emptyZone}&limit=50`);
    const auditor = await search(`?limit=1`, asBearer(stage.access.keys.auditor));
    const cursor = (envelopeOf(auditor) as unknown as { result_info: { cursor: string } }).result_info.cursor;

    expect(own.status).toBe(200);
    for (const query of [
      '',
      `?zone=${seededZone}`,
      `?limit=1&cursor=${cursor}`,
      `?zone=${seededZone}&cursor=${cursor}`,
      `?target=${zoneCertificate}`,
    ])
      expect({ query, code: codeOf(await search(query)) }).toEqual({ query, code: 99011 });
    const twice = await search(`?zone=${emptyZone}&zone=${seededZone}`);
    expect(twice.status).toBe(400);
    const paged = envelopeOf(await search(`?zone=${emptyZone}&cursor=${cursor}`));
    for (const event of paged.result as { target?: { zone_id?: string } }[])
      expect(event.target?.zone_id).toBe(emptyZone);
    const filtered = await ask(
      stage.gateway,
      `query ($target: ID) { zone(id: "${emptyZone}") { auditEvents(filter: { target: $target }) { nodes { action } } } }`,
      { target: `${seededZone}:zone_certificate:${zoneCertificate}` },
      outside,
    );
    expect(filtered.errors[0]?.message).toMatch(/of another zone|Unknown type|target/);
  });

  it('An event of another zone is null below an id of an own zone', async () => {
    const events = envelopeOf(
      await call(`${stage.gateway.url}/audit/events?zone=${seededZone}&limit=1`, 'GET', {
        headers: asBearer(stage.access.keys.auditor),
      }),
    );
    const [event] = events.result as { op_id: string; stage: string }[];
    const key = `audit_event:${event?.op_id}.${event?.stage}`;
    const { data } = await ask<object>(
      stage.gateway,
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
      { ids: [`${emptyZone}:${key}`, `${seededZone}:${key}`, `-:${key}`] },
      outside,
    );

    expect(event?.op_id).toBeDefined();
    expect(data).toEqual({ nodes: [null, null, null] });
  });

  it('A caller of another issuer with the same subject and groups has none of the rights', async () => {
    const other = await startIssuer();
    try {
      const { issuer, jwks } = other;
      await using beside = await startManagedStage((usual) => ({
        ...usual,
        issuers: [
          ...(usual['issuers'] as object[]),
          { name: 'other', issuer, jwks, audience: [audience], algorithms: ['RS256'], actor: 'email' },
        ],
      }));
      const headers = asBearer(
        await other.token({ sub: 'admin', groups: ['admin'], email: 'admin@example.com' }),
      );
      const change = await beside.ask('PUT', pathOf('/settings'), { headers, body: { enabled: true } });
      const own = await beside.ask('PUT', pathOf('/settings'), {
        headers: await beside.as('admin'),
        body: { enabled: true },
      });

      expect([change.status, own.status]).toEqual([403, 200]);
      const events = await beside.events();
      expect(events.find(({ stage }) => stage === 'denied')?.actor).toMatchObject({
        id: 'other|admin',
        name: 'admin@example.com',
      });
      expect(events.find(({ stage }) => stage === 'outcome')?.actor).toMatchObject({
        id: 'test|admin',
        name: 'admin@example.com',
      });
      const prints = new Set(events.flatMap(({ actor }) => actor?.fingerprint ?? []));
      expect(prints.size).toBe(2);
    } finally {
      await other.close();
    }
  });
});
