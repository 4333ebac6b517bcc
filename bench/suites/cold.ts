import { Client } from '../load/client.js';
import { type Outgoing, uncached } from '../load/requests.js';
import { checkZones, zoneCalls, zoneQuery } from '../load/zone-query.js';
import { type Bench, callsOf, type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { quantile } from '../measure/quantile.js';
import { rotated } from '../measure/target.js';
import { gateway, keptForAnHour, peer, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { Upstream } from '../targets/upstream.js';

/** The latency of an upstream call, and so the least that a query with parallel calls can take. */
const idealMs = 50;
const contents = { zoneCertificates: 3, hostnameCertificates: 3 };
const warmUpCalls = 300;
const scenarios = [
  { name: 'cold-zone', title: 'a zone, 3 calls', zones: 1, calls: 60 },
  { name: 'cold-20-zones', title: '20 zones, 60 calls', zones: 20, calls: 20 },
];

interface Caller {
  readonly name: string;
  readonly client: Client;
  readonly requests: (zones: readonly string[]) => readonly Outgoing[];
}

/** One caller who reads zones that no target has read before: each target meets each zone once. */
export const cold: Suite = {
  name: 'cold',
  title: `the zone query with upstream at ${idealMs} ms, which is all that it would take ideally; one caller`,
  scenarios: scenarios.map(({ name }) => name),
  run: async (bench, chosen) => {
    const { upstream, callers } = await start(bench);
    await warmUp(bench, upstream, callers);
    const rows = [['scenario', 'target', 'p50', 'p99', `p50 × ${idealMs} ms`]];
    for (const { title, zones, calls } of scenarios.filter(({ name }) => chosen.includes(name))) {
      const sets: string[][] = [];
      for (let call = 0; call < callsOf(bench, calls); call += 1)
        sets.push(await upstream.newZones(zones, contents));
      await upstream.setLatency(idealMs);
      const times = await timed(callers, sets);
      await upstream.setLatency(0);
      for (const { name } of callers) {
        const of = times.get(name) ?? [];
        const [p50, p99] = [quantile(of, 0.5), quantile(of, 0.99)];
        const label = name === callers[0]?.name ? title : '';
        rows.push([label, name, `${p50.toFixed(1)} ms`, `${p99.toFixed(1)} ms`, (p50 / idealMs).toFixed(2)]);
      }
    }
    for (const { client } of callers) client.close();
    return markdown(rows, 2);
  },
};

async function start({ processes, tools, signal }: Bench) {
  const [direct, shared] = await Promise.all([processes.start(sandbox), processes.start(redis(tools.redis))]);
  const [memory, withRedis, apollo, mercurius] = await Promise.all([
    processes.start(gateway(direct)),
    processes.start(gateway(direct, sharing(shared, processes))),
    processes.start(peer('apollo', direct, keptForAnHour)),
    processes.start(peer('mercurius', direct, keptForAnHour)),
  ]);
  const query = (zones: readonly string[]) => [zoneQuery(zones)];
  const callers: Caller[] = [
    // A direct caller knows which calls it needs and makes all of them at once.
    { name: 'the calls alone', client: new Client(direct.origin, signal), requests: zoneCalls },
    { name: 'gateway, memory', client: new Client(memory.origin, signal), requests: query },
    { name: 'gateway, Redis', client: new Client(withRedis.origin, signal), requests: query },
    { name: 'Apollo', client: new Client(apollo.origin, signal), requests: query },
    { name: 'Mercurius', client: new Client(mercurius.origin, signal), requests: query },
  ];
  return { upstream: new Upstream(direct), callers };
}

/** Compiles the code and opens the connections upstream, past the cache. */
async function warmUp(bench: Bench, upstream: Upstream, callers: readonly Caller[]): Promise<void> {
  for (const count of [1, 20]) {
    const zones = await upstream.newZones(count, contents);
    for (const { client, requests } of callers) {
      const [query, ...others] = requests(zones).map(uncached);
      if (query && others.length === 0) checkZones((await client.send(query)).bytes, count, contents);
      for (let call = 0; call < callsOf(bench, warmUpCalls / count); call += 1)
        await client.timed(requests(zones).map(uncached));
    }
  }
}

/** @returns the latencies of each caller, by its name */
async function timed(callers: readonly Caller[], sets: readonly string[][]): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(callers.map(({ name }) => [name, []]));
  for (const [round, zones] of sets.entries()) {
    for (const { name, client, requests } of rotated(callers, round))
      times.get(name)?.push(await client.timed(requests(zones)));
  }
  return times;
}
