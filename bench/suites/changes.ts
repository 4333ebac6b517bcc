import { Client } from '../load/client.js';
import { get, type Outgoing, post, putSettings, uncached } from '../load/requests.js';
import { newUploadBodies } from '../load/upload-body.js';
import { type Bench, callsOf, type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { quantile } from '../measure/quantile.js';
import { rotated } from '../measure/target.js';
import { forwarder, gateway, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { newZoneId, Upstream } from '../targets/upstream.js';

const points = [
  { upstreamMs: 0, changes: 200 },
  { upstreamMs: 50, changes: 24 },
  { upstreamMs: 200, changes: 10 },
];
/** How many hostname certificates a zone accepts. */
const certificatesPerZone = 10;
const warmUpChanges = 200;

interface Caller {
  readonly name: string;
  readonly client: Client;
  readonly zone: { id: string; changes: number };
}

/** One caller who changes a zone that the same credential has just read, as it does who looks before he changes. */
export const changes: Suite = {
  name: 'changes',
  title: 'what a change takes, p50 of one caller',
  scenarios: [],
  run: async (bench) => {
    const { upstream, callers } = await start(bench);
    const bodies = await newUploadBodies(certificatesPerZone);
    const kinds: [string, (zone: string, number: number) => Outgoing][] = [
      [
        'upload of a hostname certificate',
        (zone, number) => post(zone, '/hostnames/certificates', bodies[number] ?? ''),
      ],
      ['PUT of the settings', (zone, number) => putSettings(zone, number % 2 === 0)],
    ];
    const rows = [['', 'upstream at', ...callers.map(({ name }) => name)]];
    for (const [title, change] of kinds) {
      await timed(callers, change, callsOf(bench, warmUpChanges));
      for (const { upstreamMs, changes: count } of points) {
        await upstream.setLatency(upstreamMs);
        const times = await timed(callers, change, callsOf(bench, count));
        const cells = callers.map(({ name }) => `${quantile(times.get(name) ?? [], 0.5).toFixed(1)} ms`);
        rows.push([title, `${upstreamMs} ms`, ...cells]);
        await upstream.setLatency(0);
      }
    }
    for (const { client } of callers) client.close();
    return markdown(rows, 1);
  },
};

async function start({ processes, tools, signal }: Bench) {
  const [direct, shared] = await Promise.all([processes.start(sandbox), processes.start(redis(tools.redis))]);
  const [bare, memory, withRedis] = await Promise.all([
    processes.start(forwarder(direct)),
    processes.start(gateway(direct)),
    processes.start(gateway(direct, sharing(shared, processes))),
  ]);
  const targets = { direct, 'bare forwarder': bare, 'gateway, memory': memory, 'gateway, Redis': withRedis };
  const callers = Object.entries(targets).map(([name, { origin }]): Caller => ({
    name,
    client: new Client(origin, signal),
    zone: { id: newZoneId(), changes: 0 },
  }));
  return { upstream: new Upstream(direct), callers };
}

async function timed(
  callers: readonly Caller[],
  change: (zone: string, number: number) => Outgoing,
  count: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(callers.map(({ name }) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const { name, client, zone } of rotated(callers, round)) {
      // A zone takes ten certificates; then the caller goes on with another.
      if (zone.changes % certificatesPerZone === 0) zone.id = newZoneId();
      // Not measured: with it the gateway knows that the credential may read the zone.
      await client.send(uncached(get(zone.id, '/settings')));
      times.get(name)?.push(await client.timed([change(zone.id, zone.changes++ % certificatesPerZone)]));
    }
  }
  return times;
}
