import { get, putSettings } from '../load/requests.js';
import { Wrk } from '../load/wrk.js';
import { type Bench, type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { gateway, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { newZoneId, Upstream } from '../targets/upstream.js';

const minutes = 10;
const zoneCount = 20_000;
const sliceSeconds = 2;
const connections = 32;

/** Whether a process that works grows: hits, misses and changes in turn, two seconds each. */
export const memory: Suite = {
  name: 'memory',
  title: `resident memory under hits, misses over ${zoneCount.toLocaleString('en-US')} zones and changes, two seconds each in turn`,
  scenarios: [],
  isExtra: true,
  run: async (bench) => {
    const { processes, tools, plan } = bench;
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const targets = [
      { name: 'gateway, memory', process: await processes.start(gateway(upstream)) },
      {
        name: 'gateway, Redis',
        process: await processes.start(gateway(upstream, sharing(shared, processes))),
      },
    ];
    const loads = await loadsOf(bench, new Upstream(upstream));
    const header = ['', 'idle'];
    const rows = targets.map(({ name, process }) => [name, mib(process.residentMib())]);
    for (let minute = 1; minute <= Math.ceil(minutes / plan.fewerCalls); minute += 1) {
      header.push(`minute ${minute}`);
      // A minute for each target, because they share a core.
      for (const [index, target] of targets.entries()) {
        const endsAt = performance.now() + 60_000;
        let most = 0;
        while (performance.now() < endsAt) {
          for (const wrk of loads) {
            await wrk.run(target, { seconds: sliceSeconds, connections }, 0);
            most = Math.max(most, target.process.residentMib());
          }
        }
        rows[index]?.push(mib(most));
      }
    }
    return markdown([header, ...rows]);
  },
};

async function loadsOf({ tools, processes, signal }: Bench, upstream: Upstream): Promise<Wrk[]> {
  const often = await upstream.newZone({ zoneCertificates: 10, hostnameCertificates: 0 });
  const zones = Array.from({ length: zoneCount }, newZoneId);
  const requests = [
    [get(often, '')],
    zones.map((zone) => get(zone, '/settings')),
    zones.map((zone, index) => putSettings(zone, index % 2 === 0)),
  ];
  const loads: Wrk[] = [];
  for (const each of requests)
    loads.push(await Wrk.of(each, { wrk: tools.wrk, folder: processes.folder, signal }));
  return loads;
}

function mib(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
