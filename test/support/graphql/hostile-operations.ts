import { type RunningGateway } from '../gateway/gateway.js';
import { type GraphQLFailure, mutationOf } from './graphql.js';
import { call, type CallOptions } from '../http/http.js';
import { bearer, seededZone } from '../http/requests.js';

const certificateFields =
  'id status pem issuer serialNumber signature uploadedOn expiresOn fingerprintSha256';

interface Request extends CallOptions {
  readonly method?: string;
  /** What follows `/graphql`. */
  readonly query?: string;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message?: RegExp;
  /** `extensions.limit`. */
  readonly limit?: string;
}

export const json = { ...bearer, 'content-type': 'application/json' };

export const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

export const asking = (query: string, variables?: unknown): Request => ({
  headers: json,
  body: { query, variables },
});

export const ofTheZone = (selection: string) => `{ zone(id: "${seededZone}") { ${selection} } }`;

/** `zone`, `hostnames` and `nodes`, then a certificate and its hostnames by turns. */
export function levels(count: number): string {
  const below = (left: number): string =>
    left === 1
      ? 'id'
      : left === 2
        ? 'certificate { id }'
        : `certificate { hostnames { ${below(left - 2)} } }`;
  return ofTheZone(`hostnames { nodes { ${below(count - 3).replace(/^id$/, 'name')} } }`).replace(
    'hostnames { id }',
    'hostnames { name }',
  );
}

/** 50 fields, of which 5 are calls. */
export function wholeZone(index: number): string {
  const all = `{ __typename ${certificateFields} }`;
  const hostname = `{ __typename name enabled status createdAt updatedAt certificate ${all} }`;
  return `zone(id: "${String(index).padStart(32, '0')}") {
    __typename ${many(5, () => 'id')} settings { __typename enabled }
    certificates ${all} hostnameCertificates ${all} hostname(name: "app.example.com") ${hostname}
  }`;
}

const tooMuch = (limit: string): Refusal => ({
  status: 400,
  code: 'LIMIT_EXCEEDED',
  limit,
  message: /^An operation may have at most \d+ .*Ask for less at once\.$/,
});

const tooManyObjects: Refusal = {
  status: 400,
  code: 'LIMIT_EXCEEDED',
  limit: 'objects',
  message: /^An operation may ask for at most 200000 objects/,
};

const invalid: Refusal = { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' };

const fragments = (count: number, spread: (index: number) => string) =>
  many(count, (index) => `fragment f${index} on Query { ${spread(index)} }`);

/** Fragments that each double the one before: 2^40 fields in two kilobytes. */
export const bomb = `{ ...f40 } fragment f0 on Query { __typename } ${many(40, (index) => `fragment f${index + 1} on Query { ...f${index} ...f${index} }`)}`;

export const hostile: readonly [string, Request, Refusal][] = [
  ['13 levels', asking(levels(13)), tooMuch('depth')],
  ['100 levels', asking(levels(100)), tooMuch('depth')],
  [
    '13 levels behind fragments',
    asking(
      `{ zone(id: "${seededZone}") { hostnames { nodes { ...a } } } } fragment a on Hostname { certificate { hostnames { ...b } } } fragment b on Hostname { certificate { hostnames { ...c } } } fragment c on Hostname { certificate { hostnames { certificate { hostnames { certificate { hostnames { name } } } } } } }`,
    ),
    tooMuch('depth'),
  ],
  ['lists in lists in lists', asking(levels(10)), tooManyObjects],
  [
    'a change whose answer is lists in lists in lists',
    asking(
      `mutation { updateHostnames(input: { zoneId: "${seededZone}", changes: [] }) { hostnames { certificate { hostnames { certificate { hostnames { name } } } } } } }`,
    ),
    tooManyObjects,
  ],
  ['61 aliases', asking(ofTheZone(many(61, (index) => `a${index}: id`))), tooMuch('aliases')],
  [
    '64 aliases behind fragments',
    asking(
      `{ a: zone(id: "${seededZone}") { ...f } b: zone(id: "${seededZone}") { ...f } } fragment f on Zone { ${many(31, (index) => `a${index}: id`)} }`,
    ),
    tooMuch('aliases'),
  ],
  ['26 root fields', asking(`{ ${many(26, (index) => `a${index}: __typename`)} }`), tooMuch('rootFields')],
  ['26 root fields that are one', asking(`{ ${many(26, () => '__typename')} }`), tooMuch('rootFields')],
  [
    '26 root fields behind fragments',
    asking(`{ ...f0 ...f0 } ${fragments(1, () => many(13, () => '__typename'))}`),
    tooMuch('rootFields'),
  ],
  [
    '1,024 fields behind fragments',
    asking(
      `{ zone(id: "${seededZone}") { ...f10 } } fragment f0 on Zone { id } ${many(10, (index) => `fragment f${index + 1} on Zone { ...f${index} ...f${index} }`)}`,
    ),
    tooMuch('fields'),
  ],
  [
    '1,001 fields that differ',
    asking(`{ __typename ${many(20, (index) => `a${index}: ${wholeZone(index)}`)} }`),
    tooMuch('fields'),
  ],
  ['1,001 fields', asking(ofTheZone(many(1000, () => 'id'))), tooMuch('fields')],
  ['3,900 times the same field', asking(ofTheZone(many(3900, () => 'id'))), tooMuch('fields')],
  [
    'the same field 1,320 times, in fragments and beside them',
    asking(ofTheZone(`${many(660, () => '... { id }')} ${many(660, () => 'id')}`)),
    tooMuch('fields'),
  ],
  ['2^40 fields', asking(bomb), tooMuch('fields')],
  [
    '2^40 fields behind inline fragments',
    asking(
      `{ ...f40 } fragment f0 on Query { __typename } ${many(40, (index) => `fragment f${index + 1} on Query { ... on Query { ...f${index} } ... { ...f${index} } }`)}`,
    ),
    tooMuch('fields'),
  ],
  [
    'a field with the bomb below it',
    asking(
      `{ zone(id: "${seededZone}") { ...f40 } } fragment f0 on Zone { settings { enabled } } ${many(40, (index) => `fragment f${index + 1} on Zone { a${index}: id ...f${index} ...f${index} }`)}`,
    ),
    tooMuch('fields'),
  ],
  ['a fragment in itself', asking('{ ...a } fragment a on Query { ...a }'), invalid],
  [
    'fragments in a circle',
    asking(`{ ...f0 } ${fragments(200, (index) => `...f${(index + 1) % 200}`)}`),
    invalid,
  ],
  [
    'fragments that all spread all',
    asking(`{ ...f0 } ${fragments(30, () => many(30, (index) => `...f${index}`))}`),
    { status: 400, code: '' },
  ],
  ['1,000 repeated directives', asking(`{ __typename ${many(1000, () => '@skip')} }`), invalid],
  [
    '500 repeated directives with arguments',
    asking(`{ __typename ${many(500, () => '@include(if: true)')} }`),
    invalid,
  ],
  ['1,900 unknown directives', asking(`{ __typename ${many(1900, (index) => `@a${index}`)} }`), invalid],
  [
    '400 unknown variables',
    asking(`{ zone(id: "x") { ${many(400, (index) => `certificate(id: $v${index}) { id }`)} } }`),
    { status: 400, code: '' },
  ],
  ['500 variables', asking(`query (${many(500, (index) => `$v${index}: Nothing`)}) { __typename }`), invalid],
  [
    'the same fields with arguments that differ',
    asking(ofTheZone(many(390, (index) => `certificate(id: "${index}") { id }`))),
    { status: 400, code: '' },
  ],
  [
    '4,001 tokens',
    // Two braces, and the two ends of a document, which count too.
    asking(`{ ${many(3997, () => 'a')} }`),
    { status: 400, code: 'LIMIT_EXCEEDED' },
  ],
  ['30,000 tokens', asking(`{ ${many(30_000, () => 'a')} }`), { status: 400, code: 'LIMIT_EXCEEDED' }],
  ['1,900 levels that are not closed', asking('{ a '.repeat(1900)), { status: 400, code: '' }],
  ['1,290 levels', asking(levels(1290)), { status: 400, code: 'LIMIT_EXCEEDED' }],
  [
    '80 fragments in one another, each ten levels deep',
    asking(
      `{ ...f0 } ${many(80, (index) => `fragment f${index} on Query { ${'... { '.repeat(10)} ...f${index + 1} ${'} '.repeat(10)} }`)} fragment f80 on Query { nothing }`,
    ),
    invalid,
  ],
  [
    '10,000 lists in a document',
    asking(`{ zone(id: ${'['.repeat(10_000)}) }`),
    { status: 400, code: 'LIMIT_EXCEEDED' },
  ],
  [
    '1,900 lists in a document',
    asking(`{ zone(id: ${'['.repeat(1900)}${']'.repeat(1900)}) { id } }`),
    { status: 400, code: '' },
  ],
  [
    'a document of 1 MB',
    asking(`{ __typename } # ${'a'.repeat(1024 * 1024)}`),
    { status: 413, code: 'INVALID_INPUT' },
  ],
  ['a comment of 60 KB', asking(`{ nothing } # ${'a'.repeat(60_000)}`), invalid],
  ['a string of 60 KB', asking(`{ zone(id: "${'a'.repeat(60_000)}") { nothing } }`), invalid],
  ['a name of 60 KB', asking(`{ ${'a'.repeat(60_000)} }`), invalid],
  ['60 KB of escapes', asking(`{ zone(id: "${'\\u0061'.repeat(9000)}") { nothing } }`), invalid],
  ['60 KB of white space', asking(`{ nothing }${' '.repeat(60_000)}`), invalid],
  [
    'two operations in a batch',
    { headers: json, body: [{ query: '{ __typename }' }, { query: '{ __typename }' }] },
    { status: 400, code: 'BAD_REQUEST' },
  ],
  ['an empty batch', { headers: json, body: [] }, { status: 400, code: 'BAD_REQUEST' }],
  [
    'a mutation by GET',
    {
      method: 'GET',
      query: `?query=${encodeURIComponent('mutation { updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } }')}`,
      headers: { ...bearer, 'apollo-require-preflight': 'true' },
    },
    { status: 405, code: 'BAD_REQUEST' },
  ],
  [
    'a query by GET without a preflight',
    { method: 'GET', query: `?query=${encodeURIComponent('{ __typename }')}`, headers: {} },
    { status: 400, code: 'BAD_REQUEST' },
  ],
  [
    'a form',
    {
      headers: { ...bearer, 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=${encodeURIComponent('{ __typename }')}`,
    },
    { status: 415, code: 'INVALID_INPUT' },
  ],
  [
    'a form with files',
    { headers: { ...bearer, 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
    { status: 415, code: 'INVALID_INPUT' },
  ],
  [
    'plain text',
    { headers: { ...bearer, 'content-type': 'text/plain' }, body: '{"query":"{ __typename }"}' },
    { status: 415, code: 'INVALID_INPUT' },
  ],
  [
    'no content type',
    { headers: bearer, body: '{"query":"{ __typename }"}' },
    { status: 415, code: 'INVALID_INPUT' },
  ],
  ['no body', { headers: json, body: '' }, { status: 400, code: 'BAD_REQUEST' }],
  [
    'a body that is not JSON',
    { headers: json, body: '{"query": "{ __typename }' },
    { status: 400, code: 'INVALID_INPUT' },
  ],
  ['a document that is not GraphQL', asking('nothing of use'), { status: 400, code: 'GRAPHQL_PARSE_FAILED' }],
  ['an empty document', asking(''), { status: 400, code: 'BAD_REQUEST' }],
  [
    'two mutations',
    asking(
      `mutation { a: updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } b: updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } }`,
    ),
    tooMuch('mutationFields'),
  ],
  [
    'two mutations behind a fragment',
    asking(
      `mutation { ...f } fragment f on Mutation { a: updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } ... { b: updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } } }`,
    ),
    tooMuch('mutationFields'),
  ],
  [
    'a mutation and a name of a type',
    asking(
      `mutation { __typename updateZoneSettings(input: { zoneId: "x", enabled: true }) { settings { enabled } } }`,
    ),
    tooMuch('mutationFields'),
  ],
  [
    'a subscription',
    asking('subscription { __typename }'),
    { status: 400, code: 'GRAPHQL_VALIDATION_FAILED' },
  ],
  [
    'variables of 17 levels',
    {
      headers: json,
      body: `{"query":"{ __typename }","variables":{"a":${'['.repeat(20)}${']'.repeat(20)}}}`,
    },
    { status: 400, code: 'INVALID_INPUT' },
  ],
  [
    'variables of 20,000 levels',
    {
      headers: json,
      body: `{"query":"{ __typename }","variables":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
    },
    { status: 400, code: 'INVALID_INPUT' },
  ],
  [
    '__proto__ among the variables',
    {
      headers: json,
      body: JSON.stringify({ query: mutationOf('updateZoneSettings'), variables: '@' }).replace(
        '"@"',
        `{"__proto__":{"input":{"zoneId":"${seededZone}","enabled":true}}}`,
      ),
    },
    { status: 400, code: 'BAD_USER_INPUT' },
  ],
  [
    '__proto__ in an input',
    {
      headers: json,
      body: JSON.stringify({ query: mutationOf('updateZoneSettings'), variables: { input: '@' } }).replace(
        '"@"',
        `{"zoneId":"${seededZone}","__proto__":{"enabled":true}}`,
      ),
    },
    { status: 400, code: 'BAD_USER_INPUT' },
  ],
  [
    'a constructor in an input',
    asking(mutationOf('updateZoneSettings'), {
      input: { zoneId: seededZone, enabled: true, constructor: { prototype: {} } },
    }),
    { status: 400, code: 'BAD_USER_INPUT' },
  ],
  [
    'a list of 10,000 changes of nothing',
    asking(mutationOf('updateHostnames'), { input: { zoneId: 'x', changes: Array(10_000).fill({}) } }),
    { status: 400, code: 'BAD_USER_INPUT' },
  ],
  ['variables that are a list', asking('{ __typename }', []), { status: 400, code: 'BAD_REQUEST' }],
  ['variables that are a string', asking('{ __typename }', '{}'), { status: 400, code: 'BAD_REQUEST' }],
  [
    'an unknown operation name',
    { headers: json, body: { query: 'query a { __typename }', operationName: 'b' } },
    { status: 400, code: 'OPERATION_RESOLUTION_FAILURE' },
  ],
  ['a field that is misspelt', asking(ofTheZone('setings { enabled }')), invalid],
  ['an argument that is misspelt', asking(`{ zone(idd: "${seededZone}") { id } }`), invalid],
];

/** Sends to a gateway in this thread. */
export async function send(gateway: RunningGateway, { method = 'POST', query = '', ...options }: Request) {
  const before = process.threadCpuUsage();
  const reply = await call(`${gateway.url}/graphql${query}`, method, options);
  const { user, system } = process.threadCpuUsage(before);
  const processorMs = (user + system) / 1000;
  const text = reply.body.toString();
  const { errors = [], data } = JSON.parse(text) as { errors?: GraphQLFailure[]; data?: unknown };
  return { status: reply.status, text, errors, data, processorMs };
}
