import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { leastOf } from '../support/basics/least-of.js';
import { type RunningGateway, startGateway } from '../support/gateway/gateway.js';
import { ask, mutationOf } from '../support/graphql/graphql.js';
import { bearer } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';
import {
  json,
  many,
  asking,
  ofTheZone,
  levels,
  wholeZone,
  bomb,
  hostile,
  send,
} from '../support/graphql/hostile-operations.js';

function median(numbers: number[]): number {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}

describe('Operations that exceed a limit or are invalid', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;

  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_INTROSPECTION: false });
    for (let warm = 0; warm < 3; warm++) {
      await ask(gateway, ofTheZone('settings { enabled }'));
      await ask(gateway, ofTheZone('setings { enabled }'));
      await send(gateway, asking(bomb));
    }
    await sandbox.reset();
  });

  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
  });

  it.each(hostile)('The gateway refuses within 100 ms, with the reason: %s', async (_, request, refusal) => {
    const five = async () => {
      const replies = [];
      for (let time = 0; time < 5; time++) replies.push(await send(gateway, request));
      return replies;
    };
    const times = (replies: { processorMs: number }[]) => replies.map(({ processorMs }) => processorMs);
    const replies = await five();

    const [first] = replies;
    expect({ status: first?.status, code: first?.errors[0]?.extensions.code }).toEqual({
      status: refusal.status,
      code: refusal.code === '' ? expect.stringMatching(/^[A-Z_]+$/) : refusal.code,
    });
    expect(first?.data ?? null).toBeNull();
    for (const { message, extensions } of first?.errors ?? []) {
      expect(extensions).toMatchObject({ code: expect.any(String), requestId: expect.any(String) });
      expect(message).not.toMatch(/Did you mean|The gateway failed/);
    }
    if (refusal.limit) {
      expect(first?.errors.map(({ extensions }) => extensions['limit'])).toContain(refusal.limit);
      const said = first?.errors.find(({ extensions }) => extensions['limit'] === refusal.limit);
      expect(said?.message).toMatch(refusal.message ?? /./);
    }
    expect(first?.text).not.toMatch(/stacktrace|node_modules|\bat \w+ \(|\.js:\d+/);
    expect(Object.keys(await sandbox.calls())).toEqual([]);
    const again = async () => median(times(await five()));
    expect(await leastOf(100, median(times(replies)), again)).toBeLessThan(100);
  });

  it('The answer to 1,900 unknown fields has less than 40,000 characters', async () => {
    const { text } = await send(gateway, asking(`{ ${many(1900, (index) => `a${index}`)} }`));
    expect(text.length).toBeLessThan(40_000);
  });

  it('A persisted query is refused with PERSISTED_QUERY_NOT_SUPPORTED', async () => {
    const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) };
    const { errors } = await send(gateway, { headers: json, body: { extensions: { persistedQuery } } });
    expect(errors).toMatchObject([
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ]);
  });

  it('A variable with more than 50 errors is refused with 400 and BAD_USER_INPUT', async () => {
    const changes = Array.from({ length: 100 }, () => ({}));
    const { status, errors } = await send(
      gateway,
      asking(mutationOf('updateHostnames'), { input: { zoneId: 'x', changes } }),
    );
    expect(status).toBe(400);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
  });

  it.each([
    ['its types', '{ __schema { types { name } } }'],
    ['one of its types', '{ __type(name: "Zone") { fields { name } } }'],
    ['the whole schema', getIntrospectionQuery()],
  ])('The gateway refuses introspection where it is off: %s', async (_, query) => {
    const { status, errors, data } = await send(gateway, asking(query));
    expect([status, data]).toEqual([400, undefined]);
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(/introspection/i),
      extensions: { code: expect.any(String) },
    });
  });

  it('The gateway answers a valid query after all refusals', async () => {
    const { errors } = await ask(gateway, ofTheZone('settings { enabled }'));
    expect(errors).toEqual([]);
    await sandbox.reset();
  });
});

describe('Operations within the limits', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningGateway;

  beforeAll(async () => {
    sandbox = await startSandbox({ anyZone: true });
    gateway = await startGateway({ upstream: sandbox.url, GRAPHQL_INTROSPECTION: true });
  });

  afterAll(async () => {
    await gateway?.close();
    await sandbox?.close();
  });

  it.each([
    ['12 levels', levels(12).replace('hostnames {', 'hostnames(first: 0) {')],
    ['60 aliases', ofTheZone(many(60, (index) => `a${index}: id`))],
    ['25 root fields', `{ ${many(25, (index) => `a${index}: __typename`)} }`],
    ['1,000 fields and 100 calls', `{ ${many(20, (index) => `a${index}: ${wholeZone(index)}`)} }`],
    ['the schema, which nests deeper than 12 levels', getIntrospectionQuery()],
    [
      'the schema, with every option of the introspection query',
      getIntrospectionQuery({
        descriptions: true,
        specifiedByUrl: true,
        directiveIsRepeatable: true,
        schemaDescription: true,
        inputValueDeprecation: true,
        oneOf: true,
      }),
    ],
  ])('The gateway answers an operation at the limits: %s', async (_, query) => {
    const { status, data, errors } = await ask(gateway, query);
    expect(status).toBe(200);
    expect(errors).toEqual([]);
    expect(data).not.toBeNull();
  });

  it('The gateway answers a query by GET with the header apollo-require-preflight', async () => {
    const query = `?query=${encodeURIComponent('{ __typename }')}`;
    const { status, data } = await send(gateway, {
      method: 'GET',
      query,
      headers: { ...bearer, 'apollo-require-preflight': 'true' },
    });
    expect([status, data]).toEqual([200, { __typename: 'Query' }]);
  });

  it('1,300 nested inline fragments do not cause a server error', async () => {
    const { status } = await send(
      gateway,
      asking(`${'{ ... '.repeat(1299)}{ __typename }${' }'.repeat(1299)}`),
    );
    expect(status).toBeLessThan(500);
  });

  it('Limits count the operation that runs, not the others of its document', async () => {
    const { status } = await send(gateway, {
      headers: json,
      body: {
        query: `query a { __typename } query b { ${many(20, () => '__typename')} }`,
        operationName: 'a',
      },
    });
    expect(status).toBe(200);
  });
});
