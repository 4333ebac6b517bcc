import { deepStrictEqual } from 'node:assert/strict';
import { Client } from '../load/client.js';
import { get, type Outgoing } from '../load/requests.js';
import { zoneQuery } from '../load/zone-query.js';
import { type Bench } from '../measure/bench.js';
import { type Stage } from '../measure/target.js';
import { type Scenario, throughput, type Work } from '../measure/throughput.js';
import { managed as managedInstallation } from '../targets/managed.js';
import { gateway, lifetimes, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { Upstream } from '../targets/upstream.js';

const passThrough = 'pass-through, memory';
const names = {
  token: 'managed, memory, JWT',
  key: 'managed, memory, API key',
  redis: 'managed, Redis, JWT',
};
const targetNames = [passThrough, 'pass-through, Redis', ...Object.values(names)];
const contents = { zoneCertificates: 10, hostnameCertificates: 10 };

/** The same hits in both modes. */
export const managed = throughput<Stage>({
  name: 'managed',
  title: 'hits in managed mode, against the same in pass-through',
  reference: passThrough,
  start: async ({ processes, tools }) => {
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const { env, byToken, byKey } = await managedInstallation(processes, 'sandbox-token-read-write');
    const sharingRedis = sharing(shared, processes);
    const [passing, passingRedis, memory, withRedis] = await Promise.all([
      processes.start(gateway(upstream, lifetimes)),
      processes.start(gateway(upstream, { ...lifetimes, ...sharingRedis })),
      processes.start(gateway(upstream, { ...lifetimes, ...env })),
      processes.start(gateway(upstream, { ...lifetimes, ...env, ...sharingRedis })),
    ]);
    const targets = [
      { name: passThrough, process: passing },
      { name: 'pass-through, Redis', process: passingRedis, redis: shared },
      { name: names.token, process: memory, authorization: byToken },
      { name: names.key, process: memory, authorization: byKey },
      { name: names.redis, process: withRedis, authorization: byToken, redis: shared },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [list(), zones(1), zones(20)],
});

function list(): Scenario<Stage> {
  return {
    name: 'managed-list',
    title: 'REST, list of 10 certificates',
    targets: targetNames,
    prepare: async (stage, bench) =>
      sameAnswers(get(await stage.upstream.newZone(contents), ''), stage, bench),
  };
}

function zones(count: number): Scenario<Stage> {
  return {
    name: `managed-zones-${count}`,
    title: `GraphQL, ${count === 1 ? 'a zone' : `${count} zones`} with 10 certificates`,
    targets: targetNames,
    prepare: async (stage, bench) =>
      sameAnswers(zoneQuery(await stage.upstream.newZones(count, contents)), stage, bench),
  };
}

/** Every target answers what the gateway in pass-through answers. */
async function sameAnswers(request: Outgoing, { targets }: Stage, { signal }: Bench): Promise<Work> {
  const [reference] = targets;
  if (!reference) throw new Error('A target is missing');
  const client = new Client(reference.process.origin, signal);
  const expected: unknown = JSON.parse(String((await client.send(request)).bytes));
  client.close();
  return {
    requests: [request],
    check: (answer) => deepStrictEqual(JSON.parse(String(answer)), expected),
    upstreamCalls: 0,
  };
}
