import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { faces, type Found } from '../support/audit/audit-events.js';
import { longLifetimes } from '../support/cache/caching.js';
import { mutate } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { type Answers, success } from '../support/upstream/mocked-answers.js';
import { type MockedAudit, sharedMockedAudit, startMockedAudit } from '../support/audit/mocked-audit.js';
import { aDatabase, postgresUrl } from '../support/postgres/postgres.js';
import { bearer, pathOf, seededZone, token } from '../support/http/requests.js';

const zone = seededZone;
const one = '2458ce5a-0c35-4c7f-82c7-8e9487d3ff60';
const other = '11111111-2222-3333-4444-555555555555';

const stateOf = (more: object = {}) => ({
  ...{ cert_id: one, enabled: true, status: 'active', expires_on: '2027-01-01T00:00:00Z' },
  ...more,
});
const association = (hostname: string, more: object = {}) => ({ hostname, ...stateOf(more) });
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `n${String(index).padStart(3, '0')}.example.com`);
const entry = (hostname: unknown, more: object = {}) => ({ hostname, cert_id: one, enabled: true, ...more });

const put = ({ gateway }: Pick<MockedAudit, 'gateway'>, config: unknown) =>
  call(gateway.base + pathOf('/hostnames'), 'PUT', { headers: bearer, body: { config } });
const answering = (result: unknown): Answers => ({ 'PUT /hostnames': success(result) });

describe('Records of changes of hostnames', () => {
  const mockedAudit = sharedMockedAudit();
  const others = numbered(150).map((name) => association(name));
  const disabled = association('zz.example.com', { enabled: false, status: 'pending_deployment' });

  it.each<[string, unknown]>([
    ['all hostnames, the changed one last', [...others, disabled]],
    ['the changed hostname first, then the others', [disabled, ...others]],
    ['an object instead of an array', disabled],
    ['its name in capitals with a final dot', [...others, { ...disabled, hostname: 'ZZ.Example.COM.' }]],
    [
      'two states, one of the old certificate',
      [disabled, association('zz.example.com', { cert_id: other, status: 'deleted' })],
    ],
    ['its state without a name', [{ ...disabled, hostname: undefined }]],
  ])('The outcome has the state of the changed hostname alone where the answer is %s', async (_, result) => {
    const audit = await mockedAudit(answering(result));
    const input = {
      zoneId: zone,
      changes: [{ hostname: 'zz.example.com', certificateId: one, action: 'DISABLE' }],
    };
    await mutate(audit.gateway, 'updateHostnames', input);
    const outcome = await audit.only('outcome');
    expect(outcome.target).toEqual({ zone_id: zone, hostnames: ['zz.example.com'] });
    expect(outcome.change).toEqual({
      before: null,
      after: { 'zz.example.com': stateOf({ enabled: false, status: 'pending_deployment' }) },
    });
  });

  it.each<[string, unknown]>([
    ['with other hostnames', others],
    ['with one other hostname', [association('other.example.com')]],
    ['with a state without a name among others', [...others, { enabled: true }]],
    ['with null', null],
    ['with a string', 'zz.example.com'],
    ['with an array of arrays', [[disabled]]],
  ])('The outcome has no state of the hostname where Cloudflare answers %s', async (_, result) => {
    const audit = await mockedAudit(answering(result));
    await put(audit, [entry('zz.example.com', { enabled: false })]);
    const outcome = await audit.only('outcome');
    expect(outcome.change).toEqual({ before: null, after: null });
    expect(outcome.result?.status).toBe('success');
  });

  it('The outcome has the state before from a cached read under another spelling', async () => {
    await using audit = await startMockedAudit(
      {
        ...answering([association('bücher.example', { enabled: false })]),
        'GET /hostnames/xn--bcher-kva.example': success(association('BÜCHER.example.')),
      },
      longLifetimes,
    );
    await call(audit.gateway.base + pathOf('/hostnames/xn--bcher-kva.example'), 'GET', { headers: bearer });
    await put(audit, [entry('Bücher.example', { enabled: false })]);
    expect((await audit.only('outcome')).change).toEqual({
      before: { 'xn--bcher-kva.example': stateOf() },
      after: { 'xn--bcher-kva.example': stateOf({ enabled: false }) },
    });
  });

  it.each([
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'bücher.example'],
    ['BU\u0308CHER.example.', 'bücher.example'],
    ['faß.example', 'xn--fa-hia.example'],
    ['*.Ünder_score.example', '*.xn--nder_score-8db.example'],
    ['ａｐｐ。example。com', 'APP.example.com.'],
    ['__proto__', '__PROTO__'],
    ['-of-no-DNS.example.com', '-OF-no-dns.example.com'],
  ])('A change of %s is recorded with one spelling, and a search for %s finds it', async (sent, answered) => {
    await using audit = await startMockedAudit(answering([association(answered)]));
    expect((await put(audit, [entry(sent)])).status).toBe(200);
    const { target, change } = await audit.only('outcome');
    const [name = ''] = target?.hostnames ?? [];
    expect(name).toMatch(/^[a-z0-9*._-]+[^.]$/);
    expect(Object.keys(change?.after ?? {})).toEqual([name]);
    for (const [, search] of faces)
      for (const spelling of [sent, answered, name, name.toUpperCase(), `${name}.`])
        expect(
          (await search(audit.gateway, { zone, target: spelling, action: 'hostname.update' })).events,
        ).toHaveLength(2);
  });

  it.each([
    ['PUT', '/settings', { enabled: false }, { zone: { enabled: false } }],
    ['PUT', '/hostnames', { config: [entry('zone')] }, null],
    ['DELETE', `/${one}`, undefined, { [one]: { enabled: false } }],
  ])('Only a change of the zone records a state of the zone: %s %s', async (method, path, body, after) => {
    const audit = await mockedAudit({ [`${method} ${path}`]: success([{ enabled: false }]) });
    await call(audit.gateway.base + pathOf(path), method, { headers: bearer, body });
    expect((await audit.only('outcome')).change).toEqual({ before: null, after });
  });

  it('A record counts the names that are no hostnames, or contain the credential', async () => {
    const audit = await mockedAudit(answering([association(token), association('a.example.com')]));
    const names = ['a.example.com', 'A.example.com', 'a b', 'x'.repeat(300), 7, token, ''];
    await put(audit, [...names.map((name) => entry(name)), {}]);
    for (const stage of ['intent', 'outcome'] as const) {
      const { target, change } = await audit.only(stage);
      expect(target).toEqual({ zone_id: zone, hostnames: ['a.example.com'], hostnames_left_out: 5 });
      expect(JSON.stringify(change ?? null).toLowerCase()).not.toContain(token.toLowerCase());
    }
  });
});

interface Logs {
  /** The URL of a new log; undefined for a file of the gateway's own. */
  another(): Promise<string | undefined>;
  close(): Promise<void>;
}

describe.each<[string, () => Promise<Logs>]>([
  [
    'SQLite',
    () => Promise.resolve({ another: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
  ],
  ['PostgreSQL', inPostgres],
])('Changes of many hostnames, audit log in %s', (_, start) => {
  let logs: Logs;
  beforeAll(async () => void (logs = await start()), 600_000);
  afterAll(() => logs?.close());
  const startLogged = async (result: unknown) =>
    startMockedAudit(answering(result), { auditUrl: await logs.another() });

  it('A search for each of 500 changed hostnames finds the change, with the state of each', async () => {
    const names = numbered(500);
    const all = names.map((name, index) => association(name, { cert_id: index < 250 ? one : other }));
    await using audit = await startLogged([...all, association('of-no-interest.example.com')]);
    const config = names.map((name, index) => entry(name, { cert_id: index < 250 ? one : other }));
    expect((await put(audit, config)).status).toBe(200);
    expect((await audit.only('outcome')).target?.hostnames).toEqual(names);
    const [[, overRest], [, overGraphQL]] = faces as [(typeof faces)[0], (typeof faces)[0]];
    for (const [index, name] of names.entries()) {
      const search = index % 50 === 0 ? overGraphQL : overRest;
      const { events } = await search(audit.gateway, { zone, target: name });
      expect([name, events.map(({ stage }) => stage)]).toEqual([name, ['outcome', 'intent']]);
    }
    const found = await overRest(audit.gateway, { zone, target: 'n499.example.com' });
    expect(found.events[0]).toMatchObject({
      change: {
        before: null,
        after: Object.fromEntries(
          names.map((name, index) => [name, stateOf({ cert_id: index < 250 ? one : other })]),
        ),
      },
    });
    const none = await overRest(audit.gateway, { zone, target: 'of-no-interest.example.com' });
    expect(none.events).toEqual([]);
    expect((await audit.verified()).finding).toBeNull();
  });

  it('A search finds a change of 150 hostnames that have two certificates', async () => {
    const names = numbered(150);
    await using audit = await startLogged(names.map((name) => association(name)));
    await put(
      audit,
      names.map((name, index) => entry(name, { cert_id: index < 100 ? one : other })),
    );
    const outcome = await audit.only('outcome');
    expect(Object.keys(outcome.change?.after ?? {}).sort()).toEqual(names);
    for (const [, search] of faces)
      for (const target of ['n000.example.com', 'n099.example.com', 'n120.example.com', 'N149.example.com.'])
        expect((await search(audit.gateway, { zone, target })).events).toHaveLength(2);
  });

  it('Concurrent changes of 5,000 hostnames are stored, and are found in short pages', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `n${index}.a`);
    await using audit = await startLogged(names.map((name) => association(name)));
    const config = names.map((hostname) => ({ hostname }));
    for (let round = 0; round < 5; round += 1) {
      const changes = Array.from({ length: 3 }, () => put(audit, config));
      expect((await Promise.all(changes)).map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    const [[, overRest]] = faces as [(typeof faces)[0]];
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Found = await overRest(audit.gateway, {
        zone,
        target: 'n4999.a',
        limit: 1000,
        ...(cursor !== null && { cursor }),
      });
      expect(page.events.length).toBeLessThan(30);
      seen.push(...page.events.map(({ op_id, stage }) => `${op_id} ${stage}`));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(30);
    expect(seen).toHaveLength(30);
    expect((await audit.verified()).finding).toBeNull();
  });
});

async function inPostgres(): Promise<Logs> {
  const server = await postgresUrl();
  return { another: async () => (await aDatabase(server.url)).url, close: () => server.close() };
}
