import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { connectionReply, type Query, searchReply } from '../support/audit/audit-events.js';
import { withDatabase } from '../support/audit/audit-stores.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { startStage } from '../support/gateway/stage.js';
import { codeOf, envelopeOf } from '../support/http/http.js';
import { apiKey, email, emptyZone, pathOf, seededZone } from '../support/http/requests.js';
import { accept, aClosedUpstream, startUpstream, type Upstream } from '../support/upstream/upstream.js';

const aZone = () => randomBytes(16).toString('hex');
const withKey = (address: string) => ({ 'x-auth-email': address, 'x-auth-key': apiKey });

describe('Malformed searches of the audit log', () => {
  let upstream: Upstream;
  let gateway: RunningGateway;
  beforeAll(async () => {
    upstream = await startUpstream((incoming, outgoing) => {
      incoming.resume();
      accept(outgoing);
    });
    gateway = await startGateway({ upstream: upstream.url });
  });
  afterAll(async () => {
    await gateway?.close();
    await upstream?.[Symbol.asyncDispose]();
  });

  it.each([
    ['zone=CAFE', 'zone must be 32 lower-case hexadecimal characters.'],
    ['zone=ZONE&zone=ZONE', 'zone must be 32 lower-case hexadecimal characters.'],
    ['zone=ZONE&acton=x', /^There is a parameter that is not known here; known are action, actor, /],
    ['zone=ZONE&action=nothing', /^action must be one of zone_certificate\.upload, .*, audit\.read, .*\.$/],
    ['zone=ZONE&actor=somebody', /^actor must be a fingerprint .* or your own name\.$/],
    ['zone=ZONE&status=SUCCESS', 'status must be one of success, failure, unknown, denied.'],
    ['zone=ZONE&target=a%20b', 'target must be a certificate id or a hostname.'],
    ['zone=ZONE&since=2026-02-30T00:00:00Z', /^since must be an RFC 3339 date and time/],
    ['zone=ZONE&since=yesterday', /^since must be an RFC 3339 date and time, for example \S+Z\.$/],
    ['zone=ZONE&before=2026-13-01T00:00:00Z', /^before must be an RFC 3339 date and time/],
    ['zone=ZONE&since=9999-12-31T23:59:59-01:00', /^since must be an RFC 3339 date and time/],
    ['zone=ZONE&request_id=a%00b', /^request_id must be 1 to 64 letters/],
    ['zone=ZONE&incomplete=1', 'incomplete must be one of true, false.'],
    ['zone=ZONE&limit=0', 'limit must be from 1 to 1000.'],
    ['zone=ZONE&limit=1001', 'limit must be from 1 to 1000.'],
    ['zone=ZONE&limit=1e2', 'limit must be from 1 to 1000.'],
    ['zone=ZONE&limit=', 'limit must be from 1 to 1000.'],
    ['zone=ZONE&cursor=', 'cursor must be one that a page here has ended with.'],
    ['zone=ZONE&cursor=x&cursor=y', 'cursor must be given once.'],
    ['zone=ZONE&status=x&limit=x', /^status must be .*\. limit must be from 1 to 1000\.$/],
  ])('A search over REST with the query %j answers 400 and says what is expected', async (query, message) => {
    const reply = await searchReply(gateway, query.replaceAll('ZONE', aZone()));
    expect([reply.status, codeOf(reply)]).toEqual([400, 99006]);
    const [error] = envelopeOf(reply).errors;
    expect(error?.message).toMatch(message);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  it.each<[Partial<Query> & object, string | RegExp]>([
    [{ zone: 'cafe' }, /zone_id must be 32 lower-case hexadecimal characters\.$/],
    [{ action: 'nothing' }, /^action must be one of /],
    [{ request_id: '!' }, /^requestId must be 1 to 64 letters/],
    [{ since: '2026-02-30T00:00:00Z' }, /^since must be an RFC 3339 date and time/],
    [{ since: '2026-13-01T00:00:00Z' }, /^since must be an RFC 3339 date and time/],
    [{ limit: -1 }, '`first` must be from 0 to 1000.'],
    [{ limit: 1001 }, '`first` must be from 0 to 1000.'],
    [{ cursor: '' }, '`after` is no cursor of this list: give an `endCursor`.'],
  ])(
    'A search over GraphQL with %j answers INVALID_INPUT and says what is expected',
    async (query, message) => {
      const { page, errors } = await connectionReply(gateway, { zone: aZone(), ...query });
      expect(page).toBeNull();
      const path = query.zone === undefined ? ['zone', 'auditEvents'] : ['zone'];
      expect(errors).toMatchObject([{ path, extensions: { code: 'INVALID_INPUT' } }]);
      expect(errors[0]?.message).toMatch(message);
    },
  );

  it.each([
    ['plain text', 'a1:2026-01-01T00:00:00.000Z 1'],
    ['of another version', Buffer.from('a2:2026-01-01T00:00:00.000Z 1').toString('base64url')],
    ['without a valid time', Buffer.from('a1:2026-99-01T00:00:00.000Z 1').toString('base64url')],
    ['without a valid position', Buffer.from('a1:2026-01-01T00:00:00.000Z 0').toString('base64url')],
    [
      'beyond the largest position',
      Buffer.from('a1:2026-01-01T00:00:00.000Z 9999999999999999').toString('base64url'),
    ],
    [
      'followed by another character',
      `${Buffer.from('a1:2026-01-01T00:00:00.000Z 1').toString('base64url')}.`,
    ],
  ])('A search with a cursor that is %s is refused', async (_, cursor) => {
    const zone = aZone();
    const reply = await searchReply(gateway, new URLSearchParams({ zone, cursor }).toString());
    expect([reply.status, codeOf(reply)]).toEqual([400, 99006]);
    expect((await connectionReply(gateway, { zone, cursor })).errors).toHaveLength(1);
  });

  it('Searches with hostile values answer 200 or 400, never 500', async () => {
    const zone = aZone();
    const parameters = ['zone', 'action', 'actor', 'status', 'target', 'since', 'before', 'cursor', 'limit'];
    const values = ['', '%00', "'%20OR%201=1--", '%ff', '%F0%9F%98%80', 'a'.repeat(2000), '-1', '{}', '[]'];
    const queries = parameters.flatMap((name) => values.map((value) => `zone=${zone}&${name}=${value}`));
    const statuses = await Promise.all(
      queries.map(async (query) => (await searchReply(gateway, query)).status),
    );
    expect(statuses.filter((status) => status !== 400 && status !== 200)).toEqual([]);
  });
});

describe('Searches without access to the zone', () => {
  const stranger = { authorization: 'Bearer made-up' };

  it('A search without access to the zone answers the refusal of Cloudflare', async () => {
    await using stage = await startStage();
    const reply = await searchReply(stage.gateway, `zone=${seededZone}`, stranger);
    const asked = stage.onlyExchange();
    expect(asked.url).toBe(`/client/v4${pathOf('/settings')}`);
    expect([reply.status, codeOf(reply)]).toEqual([403, 10000]);
    expect(reply.body).toEqual(asked.answer?.body);
    expect(reply.headers['cache-control']).toBe('no-store');

    const { page, errors } = await connectionReply(stage.gateway, { zone: seededZone }, stranger);
    expect(page).toBeNull();
    expect(errors).toMatchObject([
      {
        path: ['zone', 'auditEvents'],
        extensions: { code: 'FORBIDDEN', upstreamStatus: 403, upstreamCodes: [10000] },
      },
    ]);
    const missing = await searchReply(stage.gateway, `zone=${seededZone}`, {});
    expect([missing.status, codeOf(missing)]).toEqual([400, 9106]);
  });

  it('Further searches within 30 s take no further read, for each credential', async () => {
    await using stage = await startStage();
    for (let times = 0; times < 2; times++) {
      expect((await searchReply(stage.gateway, `zone=${emptyZone}`)).status).toBe(200);
      expect((await searchReply(stage.gateway, `zone=${emptyZone}`, withKey(email))).status).toBe(200);
    }
    expect(await stage.sandbox.calls()).toEqual({ 'settings.get': 2 });
  });
});

describe('Searches that cannot be answered', () => {
  it('A search answers 502 where Cloudflare cannot be reached', async () => {
    const gateway = await startGateway({ upstream: await aClosedUpstream() });
    const reply = await searchReply(gateway, `zone=${seededZone}`);
    const { page, errors } = await connectionReply(gateway, { zone: seededZone });
    await gateway.close();
    expect([reply.status, codeOf(reply)]).toEqual([502, 99020]);
    expect(reply.headers['x-should-retry']).toBe('true');
    expect(page).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNREACHABLE' } }]);
  });

  it('A search answers 503 or AUDIT_UNAVAILABLE where its store fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-events-'));
    const path = join(folder, 'audit.db');
    await using stage = await startStage({}, { AUDIT_URL: auditUrlSchema.parse(`file:${path}`) });
    withDatabase(path, (db) => db.exec('DROP TABLE audit_records'));

    const reply = await searchReply(stage.gateway, `zone=${seededZone}`);
    const { page, errors } = await connectionReply(stage.gateway, { zone: seededZone });
    rmSync(folder, { recursive: true });

    expect([reply.status, codeOf(reply)]).toEqual([503, 99031]);
    expect(reply.headers['x-should-retry']).toBe('true');
    expect(page).toBeNull();
    expect(errors).toMatchObject([
      { path: ['zone', 'auditEvents'], extensions: { code: 'AUDIT_UNAVAILABLE' } },
    ]);
  });
});
