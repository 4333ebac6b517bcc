import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { findSecret } from '../support/gateway/canary.js';
import { aCertificate, type TestCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { mutationOf } from '../support/graphql/graphql.js';
import { call, type CallOptions } from '../support/http/http.js';
import { type RunningProcess, startProcess } from '../support/gateway/process.js';
import { bearer, hostnameCertificateInUse, seededZone } from '../support/http/requests.js';
import { type RunningSandbox, startSandbox } from '../support/upstream/sandbox.js';

const runs = 1000;
const json = { ...bearer, 'content-type': 'application/json' };

interface Request extends CallOptions {
  readonly method?: string;
  /** What follows `/graphql`. */
  readonly query?: string;
}

/** The key in the forms in which it can leak: whole, one line, a part, or escaped. */
function piecesOf(key: string): fc.Arbitrary<string> {
  const body = key.replace(/-----[^-]+-----|\s/g, '');
  const piece = fc
    .tuple(fc.nat(body.length - 20), fc.integer({ min: 16, max: 120 }))
    .map(([from, length]) => body.slice(from, from + length));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(key) },
    fc.constant(body),
    fc.constant(key.replaceAll('\n', '\\n')),
    fc.constant(key.replaceAll('\n', ' ')),
    fc.constant(key.trim().slice(0, -20)),
    fc.constant(key.slice(key.indexOf('\n') + 1)),
    fc.constant(Buffer.from(key).toString('base64')),
    piece,
  );
}

/** A part of the key that is a valid name in GraphQL. */
function namesOf(key: string): fc.Arbitrary<string> {
  const runsOfLetters = key.match(/[A-Za-z_][A-Za-z0-9_]{15,}/g) ?? [];
  const letters = key.replace(/-----[^-]+-----|[^A-Za-z0-9]/g, '');
  return fc.constantFrom(...runsOfLetters, `k${letters}`, ...runsOfLetters.map((run) => run.slice(0, 16)));
}

const memberNames = [
  'private_key',
  'privatekey',
  'PrivateKey',
  'key',
  'privateKey ',
  'certificate',
  'zoneId',
  '__proto__',
  '',
];

/** The input of an upload with mistakes in it. */
function wrongInputs({ certificate, privateKey }: TestCertificate): fc.Arbitrary<unknown> {
  const text = piecesOf(privateKey);
  const wrapped = text.chain((value) =>
    fc.constantFrom<unknown>(
      [value],
      [[value]],
      { value },
      { privateKey: value },
      { [value]: value },
      [1, value],
      value.split('\n'),
      Object.fromEntries(value.split('\n').map((line) => [line, line])),
      { pem: { key: [value] } },
    ),
  );
  const anything = fc.oneof(
    text,
    wrapped,
    fc.constantFrom<unknown>(null, true, 7, 1.5, [], {}, certificate, ''),
  );
  const right = { zoneId: seededZone, certificate, privateKey };
  const misspelt = fc
    .tuple(fc.constantFrom(...memberNames), anything)
    .map(([name, value]) => ({ zoneId: seededZone, certificate, [name]: value }));
  const asName = text.map((value) => ({ ...right, [value]: true }));
  const missing = fc
    .subarray(['zoneId', 'certificate', 'privateKey'])
    .map((names) => Object.fromEntries(Object.entries(right).filter(([name]) => names.includes(name))));
  const wrongTypes = fc.record({
    zoneId: fc.oneof(fc.constant<unknown>(seededZone), anything),
    certificate: fc.oneof(fc.constant<unknown>(certificate), anything),
    privateKey: anything,
  });
  const extra = fc
    .tuple(fc.constantFrom('note', 'bundle_method', 'passphrase', 'config'), anything)
    .map(([name, value]) => ({ ...right, [name]: value }));
  return fc.oneof(
    misspelt,
    asName,
    missing,
    wrongTypes,
    extra,
    anything,
    anything.map((value) => [right, value]),
    anything.map((value) => ({ input: { ...right, value } })),
  );
}

/** Documents with the key in every place where the grammar has a value, a name or a comment. */
function wrongDocuments({ privateKey }: TestCertificate): fc.Arbitrary<string> {
  const inString = piecesOf(privateKey).chain((value) =>
    fc.constantFrom(
      JSON.stringify(value),
      `"""${value}"""`,
      `"""\n${value}\n"""`,
      `"${value}`,
      `"""${value}`,
      `"${value}"`,
      value,
      `[${JSON.stringify(value)}]`,
      `{ value: ${JSON.stringify(value)} }`,
      `"\\u{zz}${value.slice(0, 40)}"`,
      `#${value}`,
    ),
  );
  const values = fc.oneof({ weight: 3, arbitrary: inString }, namesOf(privateKey));
  const name = namesOf(privateKey);
  const upload = (input: string) =>
    `mutation { uploadZoneCertificate(input: ${input}) { userErrors { code } } }`;
  return fc.oneof(
    values.map((value) => upload(`{ zoneId: "${seededZone}", certificate: "x", privateKey: ${value} }`)),
    values.map((value) => upload(`{ zoneId: "${seededZone}", certificate: "x", private_key: ${value} }`)),
    values.map((value) => upload(`{ zoneId: ${value}, certificate: ${value} }`)),
    values.map((value) => upload(value)),
    values.map((value) => `${value} { __typename }`),
    values.map((value) => `{ zone(id: ${value}) { id } }`),
    values.map((value) => `{ zone(id: "${seededZone}") { hostnames(first: ${value}) { totalCount } } }`),
    values.map((value) => `{ zone(id: "${seededZone}") { hostnames(after: ${value}) { totalCount } } }`),
    values.map((value) => `{ zone(id: "${seededZone}") { hostnames(status: ${value}) { totalCount } } }`),
    values.map((value) => `{ zone(id: "${seededZone}") { certificate(id: ${value}) { id } } }`),
    values.map((value) => `{ __typename @include(if: ${value}) }`),
    values.map(
      (value) =>
        `query ($input: UploadCertificateInput = { privateKey: ${value} }) { zone(id: $input) { id } }`,
    ),
    values.map((value) => `query ($key: PrivateKey = ${value}) { __typename }`),
    values.map((value) => `query ($key: String = ${value}) { zone(id: $key) { id } }`),
    values.map(
      (value) =>
        `mutation { updateHostnames(input: { zoneId: "${seededZone}", changes: [{ hostname: "a", certificateId: ${value}, action: ${value} }] }) { userErrors { code } } }`,
    ),
    name.map((value) => `query { ${value} }`),
    name.map((value) => `query { zone { ${value}: id } }`),
    name.map((value) => `query ${value} { nothing }`),
    name.map((value) => `query ${value} { __typename }`),
    name.map((value) => `query ${value} { __typename } query ${value} { __typename }`),
    name.map((value) => `query ${value} { zone(id: "${seededZone}") { settings { enabled } } }`),
    name.map((value) => `query ($${value}: String) { __typename }`),
    name.map((value) => `query { zone(id: $${value}) { id } }`),
    name.map((value) => `query ($${value}: ${value}!) { zone(id: $${value}) { id } }`),
    name.map((value) => `query ($${value}: ID!) { zone(id: $${value}) { id } }`),
    name.map((value) => `query { zone(${value}: 1) { id } }`),
    name.map((value) => `query { __typename @${value} }`),
    name.map((value) => `query { __typename @include(${value}: true) }`),
    name.map((value) => `query { ...${value} }`),
    name.map((value) => `query { ...${value} } fragment ${value} on Query { ...${value} }`),
    name.map((value) => `query { ... on ${value} { id } }`),
    name.map((value) => `fragment ${value} on ${value} { id }`),
    name.map((value) => `type ${value} { id: ID }`),
    name.map((value) => `subscription ${value} { __typename }`),
    name.map((value) => `{ __type(name: "${value}") { name } }`),
  );
}

/** Requests with a member of a wrong type. */
function wrongBodies(test: TestCertificate): fc.Arbitrary<Request> {
  const text = piecesOf(test.privateKey);
  const { certificate, privateKey } = test;
  const query = mutationOf('uploadZoneCertificate');
  const variables = { input: { zoneId: seededZone, certificate, privateKey } };
  const body = (members: unknown): Request => ({ headers: json, body: JSON.stringify(members) });
  const raw = (contentType: string) => (value: string) => ({
    headers: { ...bearer, 'content-type': contentType },
    body: value,
  });
  return fc.oneof(
    text.map((value) => body({ query, variables: value })),
    text.map((value) => body({ query, variables: [value] })),
    text.map((value) => body({ query, variables: { [value]: value } })),
    text.map((value) => body({ query, variables: JSON.stringify({ input: { privateKey: value } }) })),
    text.map((value) => body({ query, variables, operationName: value })),
    text.map((value) => body({ query: '{ __typename }', operationName: value })),
    text.map((value) => body({ query: '{ __typename }', operationName: [value] })),
    text.map((value) => body({ query: '{ __typename }', operationName: { value } })),
    text.map((value) => body({ query: '{ nothing }', extensions: { value } })),
    text.map((value) => body({ query: '{ __typename }', extensions: value })),
    text.map((value) => body({ extensions: { persistedQuery: { version: 1, sha256Hash: value } } })),
    text.map((value) => body({ query: [value], variables })),
    text.map((value) => body({ query: { value }, variables })),
    text.map((value) => body({ query: value, variables })),
    text.map((value) => body({ [value]: value })),
    text.map((value) => body([{ query: value, variables }])),
    text.map((value) => body({ id: value, documentId: value })),
    text.map((value) => body(value)),
    text.map(raw('application/json')),
    text.map((value) => raw('application/json')(`{"query": ${value}`)),
    text.map((value) =>
      raw('application/json')(`{"query": "{ __typename }", "variables": {"input": "${value}"}}`),
    ),
    text.map(raw('text/plain')),
    text.map(raw('application/graphql')),
    text.map((value) => raw('application/x-www-form-urlencoded')(`query=${encodeURIComponent(value)}`)),
    text.map((value) => raw(`application/json; charset=${value.replace(/\s/g, '')}`)('{}')),
    text.map((value) => ({ method: 'GET', query: `?query=${encodeURIComponent(value)}`, headers: bearer })),
    text.map((value) => ({
      method: 'GET',
      query: `?query=${encodeURIComponent('{ __typename }')}&variables=${encodeURIComponent(value)}`,
      headers: { ...bearer, 'apollo-require-preflight': 'true' },
    })),
    text.map((value) => ({
      method: 'GET',
      query: `?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify({ input: value }))}`,
      headers: { ...bearer, 'apollo-require-preflight': 'true' },
    })),
  );
}

/** Variables of other operations than an upload, with the key in place of another value. */
function misplaced({ privateKey }: TestCertificate): fc.Arbitrary<Request> {
  const text = piecesOf(privateKey);
  const ask = (query: string, variables: unknown): Request => ({ headers: json, body: { query, variables } });
  const zone = (argument: string, type: string, field: string) => (key: string) =>
    ask(
      `query ($key: ${type}) { zone(id: "${seededZone}") { ${field}(${argument}: $key) { __typename } } }`,
      {
        key,
      },
    );
  const change = { hostname: 'a.example.com', certificateId: hostnameCertificateInUse, action: 'ENABLE' };
  const changes = (members: object) =>
    ask(mutationOf('updateHostnames'), {
      input: { zoneId: seededZone, changes: [{ ...change, ...members }] },
    });
  return fc.oneof(
    text.map((key) => ask('query ($key: ID!) { zone(id: $key) { id } }', { key })),
    text.map(zone('id', 'ID!', 'certificate')),
    text.map(zone('id', 'ID!', 'hostnameCertificate')),
    text.map(zone('name', 'String!', 'hostname')),
    text.map(zone('after', 'String', 'hostnames')),
    text.map(zone('first', 'Int!', 'hostnames')),
    text.map(zone('status', '[DeploymentStatus!]', 'hostnames')),
    text.map((key) => changes({ certificateId: key })),
    text.map((key) => changes({ action: key })),
    text.map((key) => changes({ hostname: `${key}=` })),
    text.map((key) => changes({ [key]: key })),
    text.map((key) =>
      ask(mutationOf('deleteZoneCertificate'), { input: { zoneId: key, certificateId: key } }),
    ),
    text.map((key) =>
      ask(mutationOf('deleteHostnameCertificate'), { input: { zoneId: seededZone, certificateId: [key] } }),
    ),
    text.map((key) => ask(mutationOf('updateZoneSettings'), { input: { zoneId: seededZone, enabled: key } })),
    text.map((key) =>
      ask(mutationOf('updateZoneSettings'), { input: { zoneId: seededZone, enabled: true }, key }),
    ),
  );
}

function wrongRequests(test: TestCertificate): fc.Arbitrary<Request> {
  const uploads = fc
    .tuple(
      fc.constantFrom('uploadZoneCertificate' as const, 'uploadHostnameCertificate' as const),
      wrongInputs(test),
    )
    .map(([name, input]): Request => ({
      headers: json,
      body: { query: mutationOf(name), variables: { input } },
    }));
  const documents = wrongDocuments(test).map((query): Request => ({ headers: json, body: { query } }));
  return fc.oneof(
    { weight: 4, arbitrary: uploads },
    { weight: 4, arbitrary: documents },
    { weight: 2, arbitrary: wrongBodies(test) },
    { weight: 2, arbitrary: misplaced(test) },
  );
}

describe('Private keys over GraphQL', () => {
  let sandbox: RunningSandbox;
  let gateway: RunningProcess;
  let test: TestCertificate;

  beforeAll(async () => {
    sandbox = await startSandbox();
    gateway = await startProcess({ CLOUDFLARE_BASE_URL: sandbox.url, LOG_LEVEL: 'trace' });
    test = await aCertificate();
  });

  afterAll(async () => {
    await gateway?.stop('SIGINT');
    await sandbox?.close();
  });

  async function send({ method = 'POST', query = '', ...options }: Request) {
    const { status, headers, body } = await call(`${gateway.url}/graphql${query}`, method, options);
    return { status, text: `${JSON.stringify(headers)} ${body.toString()}` };
  }

  /** The first three parts of the key in the text. */
  const leaksIn = (text: string) => findSecret(text, test.privateKey, test.certificate).slice(0, 3);

  /** The whole log, after the log line of a last request. */
  async function printed(): Promise<string> {
    const id = `last-${process.pid}`;
    await call(`${gateway.url}/client/v4/`, 'GET', { headers: { 'x-request-id': id } });
    return eventually(() => (gateway.output().includes(id) ? gateway.output() : undefined));
  }

  it(`No answer to ${runs} invalid requests has a part of the private key, or a status of 500`, async () => {
    const seen = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(wrongRequests(test), async (request) => {
        const { status, text } = await send(request);
        seen.set(status, (seen.get(status) ?? 0) + 1);
        expect(leaksIn(text)).toEqual([]);
        expect(status).toBeLessThan(500);
        expect(text).not.toMatch(/"code":"INTERNAL|Did you mean|stacktrace/);
      }),
      { numRuns: runs },
    );
    expect([...seen.keys()]).toEqual(expect.arrayContaining([200, 400, 415]));
    expect(seen.get(400)).toBeGreaterThan(runs / 3);
  }, 110_000);

  it(`No log line of ${runs} invalid requests has a part of the private key`, async () => {
    await fc.assert(
      fc.asyncProperty(wrongRequests(test), async (request) => void (await send(request))),
      { numRuns: runs },
    );
    const log = await printed();
    expect(log.split('\n').length).toBeGreaterThan(runs / 2);
    expect(leaksIn(log)).toEqual([]);
  }, 110_000);

  it('No answer or log line of a valid upload has the private key, even if Cloudflare quotes it', async () => {
    const answers: string[] = [];
    const { certificate, privateKey } = test;
    const body = {
      query: mutationOf('uploadHostnameCertificate'),
      variables: { input: { zoneId: seededZone, certificate, privateKey } },
    };
    for (const action of [
      { mergeResult: { private_key: privateKey } },
      { mergeBody: { errors: [{ code: 1, message: privateKey }] } },
      { status: 400, body: { success: false, errors: [{ code: 1408, message: `Bad key ${privateKey}` }] } },
      { status: 400, body: { success: false, errors: [{ code: 4711, message: `Bad key ${privateKey}` }] } },
      {
        status: 400,
        body: {
          success: false,
          errors: [{ code: 4711, message: privateKey.replace(/-----[^-]+-----/g, '') }],
        },
      },
      { status: 403, body: { success: false, errors: [{ code: 10000, message: JSON.stringify(body) }] } },
      { status: 500, text: privateKey },
      { status: 500, body: { success: false, errors: [{ code: 1, message: JSON.stringify(privateKey) }] } },
      { drop: 'after' as const },
    ]) {
      await sandbox.reset();
      await sandbox.faults({ rules: [{ action }] });
      const { status, text } = await send({ headers: bearer, body });
      expect(status).toBe(200);
      answers.push(text);
    }
    await sandbox.faults();

    expect(leaksIn(answers.join('\n'))).toEqual([]);
    expect(leaksIn(await printed())).toEqual([]);
  });

  it('A private key inside a document answers 400, and says that it must be a variable', async () => {
    const query = `mutation { uploadZoneCertificate(input: { zoneId: "${seededZone}", certificate: "x", privateKey: ${JSON.stringify(test.privateKey)} }) { userErrors { code } } }`;
    const { status, text } = await send({ headers: bearer, body: { query } });

    expect(status).toBe(400);
    expect(text).toContain('A PrivateKey is a PEM text, and is given as a variable.');
    expect(Object.keys(await sandbox.calls())).not.toContain('zone_certificate.upload');
  });
});
