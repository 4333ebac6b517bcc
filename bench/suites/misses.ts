import { fail } from 'node:assert/strict';
import { get, type Outgoing, uncached } from '../load/requests.js';
import { checkZones, zoneQuery } from '../load/zone-query.js';
import { type Stage } from '../measure/target.js';
import { type Scenario, throughput } from '../measure/throughput.js';
import { nginx } from '../targets/nginx.js';
import { forwarder, gateway, peer, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { Upstream } from '../targets/upstream.js';
import { uploads } from './uploads.js';
import { zipf } from './zipf.js';

/** More than there are connections, so that no two requests for the same zone are under way, which would share a call. */
const zoneCount = 64;
const contents = { zoneCertificates: 10, hostnameCertificates: 10 };
/** As the gateway keeps settings by default. */
const keptSeconds = 30;

const gateways = ['gateway, memory', 'gateway, Redis'];
const reference = 'bare forwarder';

/** Lifetimes are those of production. */
export const forwarded = throughput<Stage>({
  name: 'forwarded',
  title: 'REST with upstream answering at once, against a bare Fastify that forwards',
  reference,
  start: async ({ processes, tools }) => {
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const [bare, memory, withRedis, server] = await Promise.all([
      processes.start(forwarder(upstream)),
      processes.start(gateway(upstream)),
      processes.start(gateway(upstream, sharing(shared, processes))),
      processes.start(nginx(tools.nginx, upstream, keptSeconds)),
    ]);
    const targets = [
      { name: reference, process: bare },
      { name: 'gateway, memory', process: memory },
      { name: 'gateway, Redis', process: withRedis, redis: shared },
      { name: 'nginx', process: server },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [list(), uploads([reference, ...gateways, 'nginx']), zipf([reference, ...gateways, 'nginx'])],
});

export const queried = throughput<Stage>({
  name: 'queried',
  title: 'GraphQL past every cache with upstream answering at once, three calls each',
  reference: 'Mercurius',
  start: async ({ processes, tools }) => {
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const [memory, withRedis, apollo, mercurius] = await Promise.all([
      processes.start(gateway(upstream)),
      processes.start(gateway(upstream, sharing(shared, processes))),
      processes.start(peer('apollo', upstream, keptSeconds)),
      processes.start(peer('mercurius', upstream, keptSeconds)),
    ]);
    const targets = [
      { name: 'Mercurius', process: mercurius },
      { name: 'Apollo', process: apollo },
      { name: 'gateway, memory', process: memory },
      { name: 'gateway, Redis', process: withRedis, redis: shared },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [zone()],
});

function list(): Scenario<Stage> {
  return {
    name: 'miss-list',
    title: 'list of 10 certificates',
    targets: [reference, ...gateways, 'nginx'],
    prepare: async ({ upstream }) => {
      const zones = await upstream.newZones(zoneCount, { ...contents, hostnameCertificates: 0 });
      const check = (answer: Buffer) => {
        const { result } = JSON.parse(String(answer)) as { result?: unknown[] };
        if (result?.length !== contents.zoneCertificates) fail(`Not the whole list: ${String(answer)}`);
      };
      return { requests: zones.map((id) => uncached(get(id, ''))), check, upstreamCalls: 1 };
    },
  };
}

function zone(): Scenario<Stage> {
  return {
    name: 'miss-zone',
    title: 'a zone with 10 certificates',
    targets: ['Mercurius', 'Apollo', ...gateways],
    prepare: async ({ upstream }) => {
      const zones = await upstream.newZones(zoneCount, contents);
      const requests = zones.map((id): Outgoing => uncached(zoneQuery([id])));
      return { requests, check: (answer) => checkZones(answer, 1, contents), upstreamCalls: 3 };
    },
  };
}
