import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApolloServer } from '@apollo/server';
import { WholeReads } from '../../src/gateway/pipeline/whole-reads.js';
import { auditUrlSchema } from '../../src/platform/config/audit-url.js';
import { changesIn } from '../support/audit/audited.js';
import { eventually } from '../support/basics/eventually.js';
import { scratchFolder } from '../support/basics/scratch.js';
import { longLifetimes } from '../support/cache/caching.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { runToExit } from '../support/gateway/process.js';
import { type GraphQLFailure, mutationOf } from '../support/graphql/graphql.js';
import { call, type Reply } from '../support/http/http.js';
import { bearer, seededZone, token } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const listed = 'query Enabled($zone: ID!) { zone(id: $zone) { settings { enabled } } }';
const change = mutationOf('updateZoneSettings', '{ settings { enabled } userErrors { code } }');
const several = 'query A { __typename } query B { b: __typename }';
const unlisted = `{ zone(id: "${seededZone}") { id } }`;
const introspection = 'query IntrospectionQuery { __schema { queryType { name } } }';

const sha256Hash = hash('sha256', listed);
const documentId = `sha256:${sha256Hash}`;
const unknownHash = 'f'.repeat(64);
const variables = { zone: seededZone };
const enabled = { zone: { settings: { enabled: true } } };
const extensionsWith = (sent: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash: sent },
});

type Sent = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFailure[];
  readonly requestId: unknown;
  readonly contentType: unknown;
  readonly cacheControl: unknown;
}

const answerOf = ({ status, headers, body }: Reply): Answer => ({
  status,
  ...(JSON.parse(body.toString()) as object),
  requestId: headers['x-request-id'],
  contentType: headers['content-type'],
  cacheControl: headers['cache-control'],
});

/** As text in a URL: what is no text is JSON. */
const searchOf = (sent: Sent) => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(sent))
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  return search.toString();
};

type Way = (gateway: RunningGateway, sent: Sent, headers?: Headers) => Promise<Answer>;

// A body in chunks, and a path with a slash at its end, are left to the router.
const ways: [string, Way][] = [
  [
    'POST, before the router',
    async ({ url }, body, headers = {}) =>
      answerOf(await call(`${url}/graphql`, 'POST', { headers: { ...bearer, ...headers }, body })),
  ],
  [
    'POST, by the router',
    async ({ url }, body, headers = {}) => {
      const chunked = { ...bearer, 'transfer-encoding': 'chunked', ...headers };
      return answerOf(await call(`${url}/graphql`, 'POST', { headers: chunked, body }));
    },
  ],
  [
    'GET, before the router',
    async ({ url }, sent, headers = {}) =>
      answerOf(await call(`${url}/graphql?${searchOf(sent)}`, 'GET', { headers: { ...bearer, ...headers } })),
  ],
  [
    'GET, by the router',
    async ({ url }, sent, headers = {}) =>
      answerOf(
        await call(`${url}/graphql/?${searchOf(sent)}`, 'GET', { headers: { ...bearer, ...headers } }),
      ),
  ],
];

const posts = ways.filter(([name]) => name.startsWith('POST'));
const early = ways.filter(([name]) => name.endsWith('before the router'));
const gets = ways.filter(([name]) => name.startsWith('GET'));

describe('Persisted documents', () => {
  let folder: string;
  let file: string;
  let sandbox: RunningSandbox;
  const gateways: Partial<Record<'off' | 'allow' | 'only', RunningGateway>> = {};
  const of = (mode: keyof typeof gateways) => gateways[mode] as RunningGateway;
  const auditUrl = () => `file:${join(folder, 'audit.db')}`;

  beforeAll(async () => {
    folder = scratchFolder('graphql-documents');
    file = join(folder, 'documents.json');
    writeFileSync(
      file,
      JSON.stringify(
        Object.fromEntries([listed, change, several].map((text) => [hash('sha256', text), text])),
      ),
    );
    sandbox = await startSandbox();
    const shared = { upstream: sandbox.url, ...longLifetimes };
    const documents = { GRAPHQL_DOCUMENTS_FILE: file };
    gateways.off = await startGateway(shared);
    gateways.allow = await startGateway({ ...shared, ...documents, GRAPHQL_DOCUMENTS: 'allow' });
    gateways.only = await startGateway({
      ...shared,
      ...documents,
      GRAPHQL_DOCUMENTS: 'only',
      AUDIT_URL: auditUrlSchema.parse(auditUrl()),
    });
  });
  afterAll(async () => {
    for (const gateway of Object.values(gateways)) await gateway?.close();
    await sandbox?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => void jest.restoreAllMocks());

  const expectRefused = (answer: Answer, code: string, status = 400) => {
    expect(answer).toMatchObject({
      status,
      errors: [{ message: expect.any(String), extensions: { code, requestId: answer.requestId } }],
      cacheControl: 'no-store',
    });
    expect(answer.errors).toHaveLength(1);
    expect(answer.data).toBeUndefined();
    expect(answer.errors?.[0]?.message).not.toContain('[removed]');
  };

  describe.each(ways)('over %s', (_, ask) => {
    it.each(['allow', 'only'] as const)('With %s, a document is executed by its id', async (mode) => {
      for (const sent of [
        { documentId, variables },
        { documentId: sha256Hash, variables },
        { variables, extensions: extensionsWith(sha256Hash) },
        { query: listed, variables },
        { query: listed, variables, extensions: extensionsWith(sha256Hash) },
        { documentId, variables, operationName: 'Enabled', extensions: { other: 1 } },
      ]) {
        expect(await ask(of(mode), sent)).toMatchObject({ status: 200, data: enabled });
      }
      const named = { documentId: `sha256:${hash('sha256', several)}`, operationName: 'B' };
      expect(await ask(of(mode), named)).toMatchObject({ data: { b: 'Query' } });
    });

    it('With allow, any other document is executed', async () => {
      const data = { zone: { id: seededZone } };
      expect(await ask(of('allow'), { query: unlisted })).toMatchObject({ status: 200, data });
      const extensions = extensionsWith(hash('sha256', unlisted));
      expect(await ask(of('allow'), { query: unlisted, extensions })).toMatchObject({ status: 200, data });
      // It is not added to the list.
      expectRefused(await ask(of('allow'), { extensions }), 'PERSISTED_QUERY_NOT_FOUND', 200);
    });

    it.each([
      ['a document that is not listed', unlisted],
      ['introspection', introspection],
      ['a listed document with one more space', `${listed} `],
      ['a listed document with a comment', `${listed}#`],
      ['what is not GraphQL', 'nothing of use'],
    ])('With only, %s is refused with PERSISTED_QUERY_ONLY', async (__, query) => {
      const calls = await sandbox.calls();
      for (const sent of [{ query }, { query, extensions: extensionsWith(hash('sha256', query)) }]) {
        const answer = await ask(of('only'), sent);
        expectRefused(answer, 'PERSISTED_QUERY_ONLY');
        expect(answer.errors?.[0]?.message).toContain('GRAPHQL_DOCUMENTS');
      }
      expect(await sandbox.calls()).toEqual(calls);
    });

    it.each(['allow', 'only'] as const)('With %s, an id that is not listed is not found', async (mode) => {
      for (const id of [
        `sha256:${unknownHash}`,
        unknownHash,
        '__proto__',
        'constructor',
        'x-a:b',
        sha256Hash.toUpperCase(),
      ])
        expectRefused(await ask(of(mode), { documentId: id, variables }), 'PERSISTED_QUERY_NOT_FOUND');
      for (const id of [unknownHash, '__proto__', 'toString']) {
        const answer = await ask(of(mode), { extensions: extensionsWith(id), variables });
        expectRefused(answer, 'PERSISTED_QUERY_NOT_FOUND', 200);
        expect(answer.errors?.[0]?.message).toBe('PersistedQueryNotFound');
      }
    });

    it.each(['allow', 'only'] as const)(
      'With %s, malformed and ambiguous ids are BAD_REQUEST',
      async (mode) => {
        for (const sent of [
          { documentId: '' },
          { documentId: [documentId] },
          { documentId: { sha256Hash } },
          { documentId: documentId.toUpperCase() },
          { documentId: `sha256:${sha256Hash}0` },
          { documentId: `md5:${hash('md5', listed)}` },
          { documentId: 'a'.repeat(8000) },
          { documentId, query: listed },
          { documentId, query: unlisted },
          { documentId, extensions: extensionsWith(sha256Hash) },
          { extensions: extensionsWith('a'.repeat(8000)) },
          { extensions: extensionsWith([sha256Hash]) },
          { extensions: extensionsWith(7) },
          { extensions: extensionsWith(null) },
          { extensions: extensionsWith(sha256Hash, 2) },
          { extensions: { persistedQuery: [] } },
          { query: listed, extensions: extensionsWith(unknownHash) },
          { query: unlisted, extensions: extensionsWith(sha256Hash) },
        ]) {
          expectRefused(await ask(of(mode), { ...sent, variables }), 'BAD_REQUEST');
        }
      },
    );

    it('With off, a request that needs a list gets PERSISTED_QUERY_NOT_SUPPORTED', async () => {
      const answer = await ask(of('off'), { documentId, variables });
      expectRefused(answer, 'PERSISTED_QUERY_NOT_SUPPORTED');
      expect(answer.errors?.[0]?.message).toContain('whole document');
      const apollo = await ask(of('off'), { extensions: extensionsWith(sha256Hash), variables });
      expectRefused(apollo, 'PERSISTED_QUERY_NOT_SUPPORTED', 200);
      expect(apollo.errors?.[0]?.message).toBe('PersistedQueryNotSupported');
    });

    it('A refusal has the type of answer that the client accepts', async () => {
      const accept = 'application/graphql-response+json';
      const { contentType } = await ask(of('only'), { query: unlisted }, { accept });
      expect(contentType).toBe(`${accept}; charset=utf-8`);
    });
  });

  it.each(early)(
    'Over %s, a repeated request with an id is answered with the kept whole answer',
    async (name, ask) => {
      const give = jest.spyOn(WholeReads.prototype, 'count');
      const parsed = jest.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
      for (const mode of ['allow', 'only'] as const) {
        const headers = { authorization: `Bearer ${token}-${mode.length}${name.length}` };
        const calls = give.mock.calls.length;
        await eventually(async () => {
          parsed.mockClear();
          expect(await ask(of(mode), { documentId, variables }, headers)).toMatchObject({
            status: 200,
            data: enabled,
          });
          return give.mock.calls.length > calls || undefined;
        });
        // So that it was not parsed.
        expect(parsed).not.toHaveBeenCalled();
      }
    },
  );

  it('The example of docs/graphql.md has the id of its document', () => {
    const page = readFileSync('docs/graphql.md', 'utf8');
    expect(page).toContain(listed);
    expect(page).toContain(`"documentId": "${documentId}"`);
  });

  it.each(early)('Over %s, what is refused is looked up nowhere', async (_, ask) => {
    const find = jest.spyOn(WholeReads.prototype, 'find');
    expectRefused(await ask(of('only'), { query: unlisted }), 'PERSISTED_QUERY_ONLY');
    expectRefused(await ask(of('only'), { documentId: unknownHash }), 'PERSISTED_QUERY_NOT_FOUND');
    expect(find).not.toHaveBeenCalled();
  });

  it.each(posts)('With only, a batch over %s is refused, and a null id counts as none', async (_, ask) => {
    const batch = [{ documentId, variables }] as unknown as Sent;
    for (const mode of ['off', 'allow', 'only'] as const)
      expectRefused(await ask(of(mode), batch), 'BAD_REQUEST');
    expectRefused(await ask(of('only'), { documentId: null, query: unlisted }), 'PERSISTED_QUERY_ONLY');
    expectRefused(await ask(of('only'), { documentId: null }), 'BAD_REQUEST');
    expect(await ask(of('only'), { documentId: null, query: listed, variables })).toMatchObject({
      data: enabled,
    });
    expectRefused(await ask(of('only'), { query: [listed] }), 'BAD_REQUEST');
    // In a URL, these are texts.
    for (const id of [42, true]) expectRefused(await ask(of('only'), { documentId: id }), 'BAD_REQUEST');
  });

  it.each(posts)('With only, what %s has in its URL or in __proto__ is no document', async (_, ask) => {
    const { url } = of('only');
    const inUrl = { ...of('only'), url: `${url}/graphql?documentId=${documentId}&x=` };
    expectRefused(await ask(inUrl, { query: unlisted }), 'PERSISTED_QUERY_ONLY');
    const body = `{"query": ${JSON.stringify(unlisted)}, "__proto__": {"documentId": "${documentId}"}}`;
    const headers = { ...bearer, 'content-type': 'application/json' };
    expectRefused(answerOf(await call(`${url}/graphql`, 'POST', { headers, body })), 'PERSISTED_QUERY_ONLY');
  });

  it.each(gets)('Over %s, an id that is given twice is refused', async (_, ask) => {
    const twice = `documentId=${documentId}&documentId=${documentId}`;
    const gateway = of('only');
    const path = ask === gets[0]?.[1] ? '/graphql' : '/graphql/';
    const reply = await call(`${gateway.url}${path}?${twice}`, 'GET', { headers: bearer });
    expectRefused(answerOf(reply), 'BAD_REQUEST');
  });

  it.each(gets)('Over %s, a mutation with an id is refused with 405', async (_, ask) => {
    const id = `sha256:${hash('sha256', change)}`;
    const input = { zoneId: seededZone, enabled: true };
    expectRefused(await ask(of('only'), { documentId: id, variables: { input } }), 'BAD_REQUEST', 405);
  });

  it('A GET that another page could send is refused as such, whatever its id', async () => {
    const reply = await call(`${of('only').url}/graphql?documentId=${documentId}`, 'GET');
    expect(reply.status).toBe(400);
    expect(reply.body.toString()).toContain('CSRF');
  });

  it.each(posts)(
    'Over %s, the audit log has a denied change of a document that is known, and no other',
    async (_, ask) => {
      const before = (await changesIn({ AUDIT_URL: auditUrl() })).length;
      const headers = { authorization: `Bearer made-up-${posts.findIndex(([, way]) => way === ask)}` };
      const input = { zoneId: seededZone, enabled: true };
      const unknown = `${change} `;
      expectRefused(
        await ask(of('only'), { query: unknown, variables: { input } }, headers),
        'PERSISTED_QUERY_ONLY',
      );
      const id = `sha256:${hash('sha256', change)}`;
      await ask(of('only'), { documentId: id, variables: { input } }, headers);
      const added = await eventually(async () => {
        const events = (await changesIn({ AUDIT_URL: auditUrl() })).slice(before);
        return events.length > 0 ? events : undefined;
      });
      expect(added).toMatchObject([
        { stage: 'denied', action: 'settings.update', target: { zone_id: seededZone } },
      ]);
    },
  );
});

describe('Settings of persisted documents', () => {
  let folder: string;
  beforeEach(() => void (folder = scratchFolder('documents-settings')));
  afterEach(() => rmSync(folder, { recursive: true }));
  const started = (environment: Record<string, string>) =>
    runToExit({
      AUDIT_URL: `file:${join(folder, 'audit.db')}`,
      KEYS_FILE: join(folder, 'keys.json'),
      ...environment,
    });
  const write = (name: string, text: string) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each([
    ['allow without a file', { GRAPHQL_DOCUMENTS: 'allow' }, 'is needed where GRAPHQL_DOCUMENTS is allow'],
    ['only without a file', { GRAPHQL_DOCUMENTS: 'only' }, 'is needed where GRAPHQL_DOCUMENTS is only'],
    ['a file with off', { GRAPHQL_DOCUMENTS_FILE: '/none' }, 'is not used while GRAPHQL_DOCUMENTS is off'],
    [
      'a path to nothing',
      { GRAPHQL_DOCUMENTS: 'only', GRAPHQL_DOCUMENTS_FILE: '/none' },
      '/none: does not exist',
    ],
  ])('The gateway does not start with %s', async (_, environment, problem) => {
    const { code, output } = await started(environment);
    expect(code).toBe(1);
    expect(output).toContain(`  GRAPHQL_DOCUMENTS_FILE: ${problem}`);
  });

  it('The gateway does not start with a document that the schema has no place for', async () => {
    const text = '{\n  nothing\n}';
    const file = write('list.json', JSON.stringify({ [hash('sha256', text)]: text }));
    const { code, output } = await started({ GRAPHQL_DOCUMENTS: 'allow', GRAPHQL_DOCUMENTS_FILE: file });
    expect(code).toBe(1);
    const place = `${file}: ${hash('sha256', text)}: line 2, column 3`;
    expect(output).toContain(
      `  GRAPHQL_DOCUMENTS_FILE: ${place}: Cannot query field "nothing" on type "Query".`,
    );
    expect(output).not.toMatch(/ {4}at /);
  });
});
