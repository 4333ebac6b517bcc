import { deepStrictEqual, fail } from 'node:assert/strict';
import { Client } from '../load/client.js';
import { get, type Outgoing } from '../load/requests.js';
import { checkZones, varyingZoneQuery, zoneQuery } from '../load/zone-query.js';
import { type Bench } from '../measure/bench.js';
import { type Stage, type Target } from '../measure/target.js';
import { type Scenario, throughput, type Work } from '../measure/throughput.js';
import { keep } from '../targets/keep.js';
import { nginx } from '../targets/nginx.js';
import {
  bareFastify,
  gateway,
  keptForAnHour,
  lifetimes,
  peer,
  sandbox,
  sharing,
} from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { Upstream } from '../targets/upstream.js';

const bare = 'bare Fastify';
const gateways = ['gateway, memory', 'gateway, Redis'];
const restTargets = [bare, ...gateways, 'nginx'];
const graphqlTargets = [bare, ...gateways, 'Apollo', 'Mercurius'];

interface HitStage extends Stage {
  readonly bare: Target;
  readonly gateway: Target;
}

export const hits = throughput<HitStage>({
  name: 'hits',
  title: 'what is kept already, against a bare Fastify that answers the same bytes',
  reference: bare,
  start: async ({ processes, tools }) => {
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const [fastify, memory, withRedis, server, apollo, mercurius] = await Promise.all([
      processes.start(bareFastify),
      processes.start(gateway(upstream, lifetimes)),
      processes.start(gateway(upstream, { ...lifetimes, ...sharing(shared, processes) })),
      processes.start(nginx(tools.nginx, upstream, keptForAnHour)),
      processes.start(peer('apollo', upstream, keptForAnHour)),
      processes.start(peer('mercurius', upstream, keptForAnHour)),
    ]);
    const targets = [
      { name: bare, process: fastify },
      { name: 'gateway, memory', process: memory },
      { name: 'gateway, Redis', process: withRedis, redis: shared },
      { name: 'nginx', process: server },
      { name: 'Apollo', process: apollo },
      { name: 'Mercurius', process: mercurius },
    ] as const;
    return { upstream: new Upstream(upstream), targets, bare: targets[0], gateway: targets[1] };
  },
  scenarios: [
    ...[1, 10, 100].map(list),
    ...[10, 100].map((count) => zones(1, count)),
    zones(20, 10),
    parts(),
  ],
});

function list(count: number): Scenario<HitStage> {
  return {
    name: `hit-list-${count}`,
    title: `REST, list of ${count} ${count === 1 ? 'certificate' : 'certificates'}`,
    targets: restTargets,
    prepare: async (stage, bench) => {
      const zone = await stage.upstream.newZone({ zoneCertificates: count, hostnameCertificates: 0 });
      return sameAnswers(get(zone, ''), stage, bench, (answer) => {
        const { result } = JSON.parse(String(answer)) as { result?: unknown[] };
        if (result?.length !== count) fail(`${result?.length} certificates, not ${count}`);
      });
    },
  };
}

function zones(count: number, certificates: number): Scenario<HitStage> {
  const contents = { zoneCertificates: certificates, hostnameCertificates: Math.min(certificates, 10) };
  return {
    name: count === 1 ? `hit-zone-${certificates}` : `hit-${count}-zones`,
    title: `GraphQL, ${count === 1 ? 'a zone' : `${count} zones`} with ${certificates} certificates`,
    targets: graphqlTargets,
    prepare: async (stage, bench) => {
      const query = zoneQuery(await stage.upstream.newZones(count, contents));
      return sameAnswers(query, stage, bench, (answer) => checkZones(answer, count, contents));
    },
  };
}

function parts(): Scenario<HitStage> {
  const contents = { zoneCertificates: 20, hostnameCertificates: 10 };
  return {
    name: 'hit-parts',
    title: 'GraphQL, a zone with 20 certificates, each query a new one',
    targets: graphqlTargets,
    prepare: async (stage, bench) => {
      const query = varyingZoneQuery(await stage.upstream.newZone(contents));
      return sameAnswers(query, stage, bench, (answer) => checkZones(answer, 1, contents));
    },
  };
}

/** Every target answers what the gateway answers, and the bare Fastify in the same bytes. */
async function sameAnswers(
  request: Outgoing,
  stage: HitStage,
  { signal }: Bench,
  check: (answer: Buffer) => void,
): Promise<Work> {
  const client = new Client(stage.gateway.process.origin, signal);
  const expected = await client.send(request);
  client.close();
  check(expected.bytes);
  await keep(stage.bare.process, expected);
  const parsed: unknown = JSON.parse(String(expected.bytes));
  return {
    requests: [request],
    check: (answer) => deepStrictEqual(JSON.parse(String(answer)), parsed),
    upstreamCalls: 0,
  };
}
