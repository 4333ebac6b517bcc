import { leastOf } from '../support/basics/least-of.js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { type Crowd, startCrowdedZones, zoneOf } from '../support/upstream/crowded-zones.js';
import { ask, type GraphQLReply } from '../support/graphql/graphql.js';
import { call } from '../support/http/http.js';
import { type ProbedProcess, startProbed, type Strain } from '../support/gateway/probed.js';
import { type Upstream } from '../support/upstream/upstream.js';

/** Each takes a third of a second of the processor. `npm run test:graphql-work` has 50. */
/** All that a page shows of a certificate. */
const certificateFields =
  'id status pem issuer serialNumber signature uploadedOn expiresOn fingerprintSha256 subject keyType spkiSha256 notBefore daysLeft state';
const callers = Number(process.env['GRAPHQL_CALLERS'] ?? 8);

const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

const crowd = (hostnames: number, certificates: number, zoneCertificates = 1): Crowd => ({
  hostnames,
  certificates,
  zoneCertificates,
});
const full = crowd(1000, 10);
const onOne = (hostnames: number) => crowd(hostnames, 1);

const inZone = (zone: Crowd, selection: string) => `{ zone(id: "${zoneOf(zone)}") { ${selection} } }`;

/** From a hostname to its certificate and back, so many times. */
const around = (times: number): string =>
  times === 0 ? 'name' : `certificate { hostnames { ${around(times - 1)} } }`;
const circle = (zone: Crowd, times: number, first = 1000) =>
  inZone(zone, `hostnames(first: ${first}) { nodes { ${around(times)} } }`);

const typesOfTypes = (depth: number): string =>
  depth === 0 ? 'name' : `name kind fields { name type { ${typesOfTypes(depth - 1)} } }`;

type Hostile = readonly [what: string, query: string, variables?: Readonly<Record<string, unknown>>];

const hostile: readonly Hostile[] = [
  ...[
    [10, 3],
    [10, 4],
    [30, 3],
    [100, 2],
    [20, 4],
    [50, 3],
    [100, 3],
  ].map(([hostnames = 0, times = 0]): Hostile => [
    `${hostnames} hostnames on one certificate, and ${times} times back to them`,
    circle(onOne(hostnames), times),
  ]),
  ['the way back from 1,000 hostnames', circle(full, 1)],
  ['the way back from 100 hostnames', circle(onOne(100), 1)],
  ['the way back twice from 2 hostnames', circle(onOne(100), 2, 2)],
  [
    'the way back from as many hostnames as a variable says',
    `query ($first: Int) { zone(id: "${zoneOf(full)}") { hostnames(first: $first) { nodes { ${around(2)} } } } }`,
    { first: 1000 },
  ],
  [
    'the way back from as many hostnames as the default of a variable says',
    `query ($first: Int = 1000) { zone(id: "${zoneOf(full)}") { hostnames(first: $first) { nodes { ${around(2)} } } } }`,
  ],
  [
    '58 certificates of each of 1,000 hostnames',
    inZone(
      full,
      `hostnames(first: 1000) { nodes { ${many(58, (index) => `c${index}: certificate { id status issuer pem }`)} } }`,
    ),
  ],
  [
    '60 names of each of 1,000 hostnames, in edges and in nodes',
    inZone(
      full,
      `hostnames(first: 1000) { edges { node { ${many(30, (index) => `a${index}: name`)} } } nodes { ${many(30, (index) => `a${index}: name`)} } }`,
    ),
  ],
  [
    '1,000 hostnames, 58 times',
    inZone(
      full,
      many(58, (index) => `h${index}: hostnames(first: 1000) { nodes { name } }`),
    ),
  ],
  [
    '1,000 hostnames of 25 zones, in edges and in nodes',
    `{ ${many(25, (index) => `z${index}: zone(id: "${zoneOf(full, index)}") { hostnames(first: 1000) { edges { cursor node { name certificate { id status } } } nodes { name certificate { id status } } } }`)} }`,
  ],
  [
    'the hostnames of the hostnames of all certificates',
    inZone(full, `hostnameCertificates { hostnames { certificate { id hostnames { name } } } }`),
  ],
  [
    'fragments that double each other below a list',
    `{ zone(id: "${zoneOf(full)}") { hostnames(first: 1000) { nodes { ...f5 } } } }
     fragment f0 on Hostname { certificate { id issuer hostnames { name } } }
     ${many(5, (index) => `fragment f${index + 1} on Hostname { a${index}: certificate { hostnames { name } } ...f${index} ...f${index} }`)}`,
  ],
  [
    'the PEM text of 1,000 certificates, 58 times',
    inZone(
      crowd(0, 1, 1000),
      many(58, (index) => `c${index}: certificates { pem fingerprintSha256 }`),
    ),
  ],
  [
    '10 PEM texts of each of 1,000 hostnames',
    inZone(
      full,
      `hostnames(first: 1000) { nodes { certificate { ${many(10, (index) => `p${index}: pem`)} } } }`,
    ),
  ],
  [
    '58 certificates of each of 1,000 hostnames, which do not exist',
    inZone(
      crowd(1000, 0),
      `hostnames(first: 1000) { nodes { ${many(58, (index) => `c${index}: certificate { issuer }`)} } }`,
    ),
  ],
  ['types of types', `{ __schema { types { ${typesOfTypes(2)} } } }`],
  ['types of types of types', `{ __schema { types { ${typesOfTypes(3)} } } }`],
  [
    'types of types, 20 times',
    `{ __schema { ${many(20, (index) => `t${index}: types { ${typesOfTypes(2)} }`)} } }`,
  ],
  [
    'the fields of all types, 50 times',
    `{ __schema { types { ${many(50, (index) => `f${index}: fields { name description }`)} } } }`,
  ],
  [
    'all types and their fields, 25 times',
    `{ ${many(25, (index) => `s${index}: __schema { types { fields { name args { name } type { name } } } }`)} }`,
  ],
];

const ordinary: readonly Hostile[] = [
  [
    'the first query of the README',
    inZone(crowd(3, 1), 'settings { enabled } hostnames { nodes { name enabled certificate { status } } }'),
  ],
  [
    '1,000 hostnames with their certificates',
    inZone(full, 'hostnames(first: 1000) { nodes { name certificate { id status issuer expiresOn } } }'),
  ],
  [
    '1,000 hostnames with all their fields',
    inZone(
      full,
      `hostnames(first: 1000) { totalCount nodes { name enabled status createdAt updatedAt certificate { ${certificateFields} } } }`,
    ),
  ],
  [
    'all hostname certificates with their hostnames',
    inZone(full, 'hostnameCertificates { id hostnames { name status } }'),
  ],
  [
    '20 zones with three lists each',
    `{ ${many(20, (index) => `z${index}: zone(id: "${zoneOf(crowd(50, 10, 10), index)}") { certificates { ${certificateFields} } hostnameCertificates { ${certificateFields} } hostnames { nodes { name enabled status } } }`)} }`,
  ],
  ['the schema', getIntrospectionQuery()],
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
];

let upstream: Upstream;
let gateway: ProbedProcess;

beforeAll(async () => {
  upstream = await startCrowdedZones();
  gateway = await startProbed({
    CLOUDFLARE_BASE_URL: upstream.url,
    GRAPHQL_INTROSPECTION: 'on',
  });
  const [, query] = ordinary[0] ?? ['', ''];
  for (let served = 0; served < 1000; served += 10) {
    await Promise.all(Array.from({ length: 10 }, () => ask(gateway, query)));
  }
});

afterAll(async () => {
  await gateway?.stop('SIGKILL');
  await upstream?.[Symbol.asyncDispose]();
});

function report(
  what: string,
  { longestTurnMs, processorMs, grownMiB }: Strain,
  took: number,
  outcome: string,
): void {
  process.stdout.write(
    `${what}: longest turn ${processorMs.toFixed(0)} ms of processor time, ${longestTurnMs.toFixed(0)} ms in all, ${grownMiB.toFixed(0)} MiB more, took ${took.toFixed(0)} ms, ${outcome}\n`,
  );
}

async function strained([what, query, variables]: Hostile): Promise<
  Strain & { result: GraphQLReply<unknown> }
> {
  const begunAt = performance.now();
  const strain = await gateway.during(() => ask(gateway, query, variables));
  const { data, errors } = strain.result;
  report(
    what,
    strain,
    performance.now() - begunAt,
    `${JSON.stringify(data).length} characters, ${errors.length} errors: ${errors[0]?.message}`,
  );
  return strain;
}

// Processor time is the same on a machine that has much else to do.
describe('Hostile operations', () => {
  it.each(hostile)('A hostile operation takes short turns and little memory: %s', async (...asked) => {
    const { processorMs, grownMiB, result } = await strained(asked);
    const again = async () => (await strained(asked)).processorMs;
    expect(await leastOf(100, processorMs, again)).toBeLessThan(100);
    expect(grownMiB).toBeLessThan(100);
    const { data, errors } = result;
    // The whole answer, or one error and no data.
    if (errors.length > 0) expect([data, errors.length]).toEqual([null, 1]);
    else expect(data).not.toBeNull();
  });
});

describe('Ordinary operations', () => {
  it.each(ordinary)('An ordinary operation gets its whole answer in short turns: %s', async (...asked) => {
    const { processorMs, result } = await strained(asked);
    expect(result.errors).toEqual([]);
    expect(processorMs).toBeLessThan(250);
  });
});

describe('One failure of a thousand fields', () => {
  it('The errors of an answer name each of 1,000 fields that one failure makes null', async () => {
    const query = inZone(crowd(1000, 0), 'hostnames(first: 1000) { nodes { name certificate { issuer } } }');
    const { processorMs, result } = await strained(['1,000 certificates that do not exist', query]);
    expect(result.errors).toHaveLength(1000);
    expect(result.data).toMatchObject({ zone: { hostnames: { nodes: { length: 1000 } } } });
    expect(processorMs).toBeLessThan(100);
  });
});

describe('A change whose answer is too large', () => {
  it('A mutation whose answer exceeds the limit of objects says that the change was sent', async () => {
    const changes = Array.from({ length: 100 }, (_, index) => ({
      hostname: `host-${String(index).padStart(4, '0')}.example.com`,
      certificateId: '2458ce5a-0c35-4c7f-82c7-000000000000',
      action: 'ENABLE',
    }));
    const { processorMs, result } = await strained([
      'a change',
      'mutation ($input: UpdateHostnamesInput!) { updateHostnames(input: $input) { hostnames { certificate { hostnames { name } } } } }',
      { input: { zoneId: zoneOf(onOne(1000)), changes } },
    ]);
    expect(result.data).toBeNull();
    expect(result.errors).toMatchObject([
      {
        message: expect.stringMatching(
          /^The change was sent to Cloudflare, .* The audit log has what came of it\. An answer may have at most 20000 objects/,
        ),
        extensions: { code: 'LIMIT_EXCEEDED', limit: 'answerObjects', max: 20_000 },
      },
    ]);
    expect(processorMs).toBeLessThan(100);
  });
});

describe('Many callers at the limit', () => {
  it(`Another caller waits less than 1 s beside ${callers} callers at the limit of answer objects`, async () => {
    const query = inZone(
      crowd(1000, 10, 0),
      `hostnames(first: 1000) { nodes { ${many(18, (index) => `c${index}: certificate { id status issuer }`)} } }`,
    );
    let isOver = false;
    const waits: number[] = [];
    const others = async () => {
      while (!isOver) {
        const begunAt = performance.now();
        expect((await call(`${gateway.url}/health/live`, 'GET')).status).toBe(200);
        waits.push(performance.now() - begunAt);
      }
    };
    const { result, ...strain } = await gateway.during(async () => {
      const waiting = others();
      const begunAt = performance.now();
      const replies = await Promise.all(Array.from({ length: callers }, () => ask(gateway, query)));
      isOver = true;
      await waiting;
      return { replies, took: performance.now() - begunAt };
    });
    report(
      `${callers} callers`,
      strain,
      result.took,
      `longest wait ${Math.max(...waits).toFixed(0)} ms of ${waits.length}`,
    );
    for (const { errors } of result.replies) expect(errors).toEqual([]);
    expect(Math.max(...waits)).toBeLessThan(1000);
  });
});
