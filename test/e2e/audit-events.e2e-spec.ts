import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { type AuditEvent } from '../../src/gateway/audit/record/event.js';
import { AUDIT_STORE, type AuditStore } from '../../src/gateway/audit/record/store.js';
import {
  connection,
  type Connection,
  connectionReply,
  faces,
  type Query,
  type Search,
  searchReply,
  type Shown,
} from '../support/audit/audit-events.js';
import { AChain, second } from '../support/audit/audit-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import { apiKey, bearer, pathOf } from '../support/http/requests.js';
import { accept, startUpstream, type Upstream } from '../support/upstream/upstream.js';

const id = 'a1c5e0d27b9f4e3c8d6a5b4c3d2e1f00';
const aZone = () => randomBytes(16).toString('hex');
const withKey = (address: string) => ({ 'x-auth-email': address, 'x-auth-key': apiKey });

describe('Searches of the audit log', () => {
  let upstream: Upstream;
  let gateway: RunningGateway;
  /** The upstream answers changes when this resolves. */
  let held: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    // Each credential may do everything.
    upstream = await startUpstream((incoming, outgoing) => {
      incoming.resume();
      void (incoming.method === 'GET' ? Promise.resolve() : held).then(() => accept(outgoing));
    });
    gateway = await startGateway({ upstream: upstream.url });
  });

  afterAll(async () => {
    await gateway?.close();
    await upstream?.[Symbol.asyncDispose]();
  });

  async function stored(zone: string, ...events: Partial<AuditEvent>[]): Promise<void> {
    const store = gateway.app.get<AuditStore>(AUDIT_STORE);
    const ofTheZone = events.map((event) => ({ ...event, target: { ...event.target, zone_id: zone } }));
    await store.append(new AChain().several(...ofTheZone));
  }

  const change = (zone: string, headers: Record<string, string> = bearer) =>
    call(gateway.base + pathOf('/settings', zone), 'PUT', { headers, body: { enabled: true } });

  /** The first letters of the op_ids found, newest first, without the records of reads. */
  async function namesFound(search: Search, query: Query, headers?: Record<string, string>) {
    const { events, messages } = await search(gateway, query, headers);
    expect(messages).toEqual([]);
    return events
      .filter(({ stage }) => stage !== 'read')
      .map(({ op_id }) => op_id.slice(0, 1))
      .join('');
  }

  describe.each(faces)('Over %s', (_, search) => {
    it('An event has its action, actor, result, and place in its chain', async () => {
      const zone = aZone();
      const done = await change(zone, { ...bearer, 'user-agent': 'a browser' });
      const requestId = String(done.headers['x-request-id']);

      const { events } = await search(gateway, { zone });

      const [outcome, intent, ...others] = events;
      expect(others).toEqual([]);
      expect([outcome?.stage, intent?.stage]).toEqual(['outcome', 'intent']);
      expect(outcome).toMatchObject({
        op_id: intent?.op_id,
        action: 'settings.update',
        entry: 'rest',
        actor: { type: 'user', verified: true, ip: '127.0.0.1', user_agent: 'a browser' },
        credential: { kind: 'api_token', fingerprint: outcome?.actor?.['fingerprint'] },
        request_id: requestId,
        target: { zone_id: zone },
        result: { status: 'success', http_status: 200 },
        chain: { writer: intent?.chain.writer, seq: Number(intent?.chain.seq) + 1, prev: intent?.chain.hash },
      });
    });

    it('A search finds events by each filter, and by several filters together', async () => {
      const zone = aZone();
      const fingerprint = `fp_${'a'.repeat(32)}`;
      const certificate = '2458CE5A-0c35-4c7f-82c7-8e9487d3ff60';
      const actor = { type: 'user', verified: true, id: fingerprint, fingerprint } as const;
      await stored(
        zone,
        {
          op_id: `a-${zone}`,
          stage: 'intent',
          ts: second(0),
          actor,
          action: 'settings.update',
          request_id: 'r.1',
        },
        { op_id: `b-${zone}`, stage: 'outcome', ts: second(1), actor, result: { status: 'failure' } },
        { op_id: `c-${zone}`, stage: 'denied', ts: second(2), result: { status: 'denied' } },
        {
          op_id: `d-${zone}`,
          stage: 'outcome',
          ts: second(3),
          target: {
            zone_id: zone,
            certificate_id: certificate.toLowerCase(),
            hostnames: ['app.example.com'],
          },
        },
      );
      await stored(aZone(), { op_id: randomUUIDv7(), ts: second(0), actor });

      const found = async (query: Partial<Query>) => namesFound(search, { zone, ...query });
      expect(await found({})).toBe('dcba');
      expect(await found({ action: 'settings.update' })).toBe('a');
      expect(await found({ actor: fingerprint })).toBe('ba');
      expect(await found({ actor: `fp_${'b'.repeat(32)}` })).toBe('');
      expect(await found({ status: 'failure' })).toBe('b');
      expect(await found({ status: 'denied' })).toBe('c');
      expect(await found({ target: certificate })).toBe('d');
      expect(await found({ target: 'App.example.com' })).toBe('d');
      expect(await found({ since: second(2) })).toBe('dc');
      expect(await found({ since: '2026-01-01T01:00:02+01:00' })).toBe('dc');
      expect(await found({ before: second(2) })).toBe('ba');
      expect(await found({ request_id: 'r.1' })).toBe('a');
      expect(await found({ incomplete: true })).toBe('a');
      expect(await found({ incomplete: false })).toBe('dcba');
      expect(await found({ actor: fingerprint, since: second(1), before: second(2) })).toBe('b');
    });

    it('Pages have each event once while other events are stored', async () => {
      const zone = aZone();
      const from = (start: number, count: number, prefix: string) =>
        Array.from({ length: count }, (_, index) => ({
          op_id: `${prefix}${start + index}-${zone}`,
          // Three have the same time, so a page may end between them.
          ts: second(Math.floor((start + index) / 3)),
        }));
      await stored(zone, ...from(0, 20, 'old'));

      const seen: string[] = [];
      for (let cursor: string | null = null; ;) {
        const page = await search(gateway, { zone, limit: 7, cursor, before: second(1000) });
        expect(page.messages).toEqual([]);
        seen.push(...page.events.map(({ op_id }) => op_id.slice(0, -33)));
        ({ cursor } = page);
        if (cursor === null) break;
        await stored(zone, ...from(30 + seen.length, 3, 'new'));
      }

      expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => `old${19 - index}`));
    });

    it('A page may end between two events of the same time', async () => {
      const zone = aZone();
      await stored(zone, { op_id: `x-${zone}`, ts: second(0) }, { op_id: `y-${zone}`, ts: second(0) });
      const { cursor } = await search(gateway, { zone, limit: 1, before: second(9) });
      const last = await search(gateway, { zone, limit: 1, before: second(9), cursor });
      expect(last.events.map(({ op_id }) => op_id)).toEqual([`x-${zone}`]);
      expect(last.cursor).toBeNull();
    });

    it('An intent is incomplete until its outcome is stored', async () => {
      const zone = aZone();
      let letGo = () => {};
      held = new Promise((resolve) => (letGo = resolve));
      const changing = change(zone);
      const open = () => search(gateway, { zone, incomplete: true });

      const [intent] = await eventually(async () => {
        const { events } = await open();
        return events.length > 0 ? events : undefined;
      });
      letGo();
      await changing;

      expect(intent).toMatchObject({ stage: 'intent', action: 'settings.update' });
      expect((await open()).events).toEqual([]);
    });

    it('The e-mail address, IP address and User-Agent are shown to their own caller alone', async () => {
      const zone = aZone();
      const alice = { ...withKey(`Alice.${zone}@example.com`), 'user-agent': 'program of Alice' };
      await change(zone, alice);
      await change(zone, { ...alice, 'x-auth-key': 'another-key' });
      const changes = { zone, action: 'settings.update' };

      const own = await search(gateway, changes, alice);
      const others = await Promise.all(
        [bearer, withKey('bob@example.com')].map((headers) => search(gateway, changes, headers)),
      );

      expect(own.events).toHaveLength(4);
      for (const { actor } of own.events) {
        expect(actor).toMatchObject({
          id: alice['x-auth-email'],
          ip: '127.0.0.1',
          user_agent: 'program of Alice',
        });
      }
      for (const { events } of others) {
        expect(events).toHaveLength(4);
        expect(JSON.stringify(events)).not.toMatch(/alice|127\.0\.0\.1|program/i);
        const fingerprint: unknown = expect.stringMatching(/^fp_[0-9a-f]{32}$/);
        for (const [index, { actor, credential }] of events.entries()) {
          expect(actor).toMatchObject({ id: fingerprint, ip: fingerprint, user_agent: fingerprint });
          expect(actor?.['id']).toBe(own.events[index]?.actor?.['fingerprint']);
          expect(credential).toEqual(own.events[index]?.credential);
        }
      }
    });

    it('A caller may search by its own e-mail address in any case, and by no other', async () => {
      const zone = aZone();
      const alice = withKey(`alice.${zone}@example.com`);
      await change(zone, alice);
      const actor = `ALICE.${zone}@example.com`;

      const own = await search(gateway, { zone, actor, status: 'success' }, alice);
      const fingerprint = String(own.events[0]?.actor?.['fingerprint']);
      const byFingerprint = await search(gateway, { zone, actor: fingerprint, status: 'success' });
      const guessed = await Promise.all(
        [bearer, { ...bearer, ...alice }, withKey('bob@example.com')].map((headers) =>
          search(gateway, { zone, actor }, headers),
        ),
      );

      expect(own.events).toHaveLength(1);
      expect(byFingerprint.events).toHaveLength(1);
      for (const { events, messages } of guessed) {
        expect(events).toEqual([]);
        expect(messages).toEqual([
          'actor must name yourself, as `viewer` does, or be the fingerprint of somebody else.',
        ]);
      }
    });

    it('A forged request under an e-mail address gets another fingerprint than its owner', async () => {
      const zone = aZone();
      const alice = withKey(`alice.${zone}@example.com`);
      await change(zone, alice);
      const own = (await search(gateway, { zone, action: 'settings.update' }, alice)).events[0];
      // Refused before the admission read, so that the address is not verified.
      const forged = { ...alice, 'x-auth-key': 'made-up', 'user-agent': 'program of Mallory' };
      const path = gateway.base + pathOf('/settings', zone);
      await call(path, 'PUT', { headers: { ...forged, 'content-type': 'application/json' }, body: '{' });

      const denied = await eventually(async () => {
        const { events } = await search(gateway, { zone, status: 'denied' }, alice);
        return events[0];
      });

      expect(denied.actor).toMatchObject({ verified: false });
      expect(denied.actor?.['fingerprint']).not.toBe(own?.actor?.['fingerprint']);
      expect(JSON.stringify(denied)).not.toMatch(/alice|Mallory|127\.0\.0\.1/);
    });

    it('The first search in a minute by a caller is recorded', async () => {
      const zone = aZone();
      const reader = { authorization: `Bearer reader-${zone}` };
      for (let times = 0; times < 3; times++) await search(gateway, { zone }, reader);
      await search(gateway, { zone });

      const reads = await eventually(async () => {
        const { events } = await search(gateway, { zone, action: 'audit.read' }, reader);
        return events.length === 2 ? events : undefined;
      });

      expect(reads.map(({ stage, actor }) => [stage, actor?.['ip']])).toEqual([
        ['read', expect.stringMatching(/^fp_/)],
        ['read', '127.0.0.1'],
      ]);
    });
  });

  it('Events are the same over REST and GraphQL', async () => {
    const zone = aZone();
    await change(zone);
    const path = gateway.base + pathOf('/settings', zone);
    await call(path, 'PUT', { headers: { ...bearer, 'content-type': 'application/json' }, body: '{' });
    const changes = async (search: Search): Promise<readonly Shown[]> =>
      (await search(gateway, { zone, action: 'settings.update' })).events;
    // Intent, outcome, denied; the last is stored in the background.
    await eventually(async () => (await changes(faces[0]![1])).length === 3 || undefined);
    const [rest, graphql] = await Promise.all(faces.map(([, search]) => changes(search)));

    // A map over REST, a list over GraphQL.
    const withoutChange = (events: readonly Shown[] = []) =>
      events.map((event) => ({ ...event, change: undefined }));
    expect(rest).toHaveLength(3);
    expect(withoutChange(graphql)).toEqual(withoutChange(rest));
  });

  it('GraphQL shows the states of a change, and which of their fields are known', async () => {
    const zone = aZone();
    await stored(zone, {
      op_id: randomUUIDv7(),
      change: { before: null, after: { 'app.example.com': { enabled: null, cert_id: 'c' } } },
    });
    const { page } = await connectionReply(gateway, { zone, before: second(9) });
    const state = { hostname: 'app.example.com', enabled: null, certificateId: 'c' };
    expect(page?.edges[0]?.node['change']).toEqual({
      before: null,
      after: [{ ...state, status: null, expiresOn: null, known: ['enabled', 'certificateId'] }],
    });
  });

  it.each<[string, string, object, object]>([
    ['settings.update', 'zone', { enabled: false }, { enabled: false, known: ['enabled'] }],
    [
      'zone_certificate.delete',
      id,
      { status: 'pending_deletion', expires_on: 'soon' },
      // A date that cannot be read is not known.
      { cloudflareId: id, status: 'pending_deletion', expiresOn: null, known: ['status'] },
    ],
    [
      'hostname_certificate.upload',
      id,
      { expires_on: null },
      { cloudflareId: id, status: null, expiresOn: null, known: ['expiresOn'] },
    ],
    [
      'an.action of a later version',
      id,
      { status: 'active' },
      { cloudflareId: id, status: 'active', expiresOn: null, known: ['status'] },
    ],
    [
      // A hostname that looks like an id.
      'hostname.update',
      id,
      { status: 'active' },
      {
        ...{ hostname: id, enabled: null, certificateId: null, status: 'active', expiresOn: null },
        known: ['status'],
      },
    ],
  ])('GraphQL shows a state of %s on %s as its type', async (action, name, state, shown) => {
    const zone = aZone();
    await stored(zone, { op_id: randomUUIDv7(), action, change: { before: { [name]: state }, after: null } });
    const { page, errors } = await connectionReply(gateway, { zone, before: second(9) });
    expect(errors).toEqual([]);
    expect(page?.edges[0]?.node['change']).toEqual({ before: [shown], after: null });
  });

  it('An invalid auditEvents field of a zone does not affect the other fields', async () => {
    const zone = aZone();
    await change(zone);
    const { data, errors } = await ask<{ zone: { settings: unknown; all: Connection; none: null } }>(
      gateway,
      `{ zone(id: "${zone}") {
        settings { enabled }
        all: auditEvents(filter: { action: "settings.update" }) ${connection}
        none: auditEvents(after: "x") { nodes { opId } }
      } }`,
    );
    expect(data?.zone.settings).toEqual({ enabled: true });
    expect(data?.zone.all.edges.map(({ node }) => node.stage)).toEqual(['OUTCOME', 'INTENT']);
    expect(data?.zone.all.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: data?.zone.all.edges[0]?.cursor,
      endCursor: data?.zone.all.edges[1]?.cursor,
    });
    expect(data?.zone.none).toBeNull();
    expect(errors).toMatchObject([{ path: ['zone', 'none'], extensions: { code: 'INVALID_INPUT' } }]);
  });

  it('A GraphQL request may ask for 1,000 events at most', async () => {
    const zone = aZone();
    const of = (...firsts: number[]) =>
      ask(
        gateway,
        `{ zone(id: "${zone}") { ${firsts.map((first, index) => `a${index}: auditEvents(first: ${first}) { nodes { opId } }`).join(' ')} } }`,
      );
    expect((await of(1000)).errors).toEqual([]);
    expect((await of(500, 500)).errors).toEqual([]);
    expect((await of(500, 501)).errors).toMatchObject([
      { path: ['zone', 'a1'], extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });

  it('A search has pages of 50 events by default, and Cache-Control: no-store', async () => {
    const zone = aZone();
    await stored(zone, ...Array.from({ length: 51 }, () => ({ op_id: randomUUIDv7() })));
    const reply = await searchReply(gateway, `zone=${zone}&before=${second(9)}`);
    const { result, result_info, ...rest } = envelopeOf(reply) as unknown as Record<string, unknown>;
    expect(rest).toEqual({ success: true, errors: [], messages: [] });
    expect(result).toHaveLength(50);
    expect(result_info).toEqual({ count: 50, cursor: expect.any(String) });
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.headers['etag']).toBeUndefined();
  });
});
