import { Client } from '../load/client.js';
import { get, type Outgoing } from '../load/requests.js';
import { zoneQuery } from '../load/zone-query.js';
import { type Bench, callsOf, type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { median } from '../measure/quantile.js';
import { type RunningProcess } from '../machine/running-process.js';
import { nginx } from '../targets/nginx.js';
import { gateway, keptForAnHour, peer, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';
import { Upstream } from '../targets/upstream.js';

const callers = 500;
const upstreamMs = 200;
const rounds = 5;
const contents = { zoneCertificates: 10, hostnameCertificates: 10 };

type Ask = (zone: string) => Outgoing;
const list: [string, Ask] = ['REST, list of 10 certificates', (zone) => get(zone, '')];
const query: [string, Ask] = ['GraphQL, a zone with 10 certificates', (zone) => zoneQuery([zone])];

/** Many callers who ask for the same zone at the same time, which no one has read before. */
export const stampede: Suite = {
  name: 'stampede',
  title: `${callers} callers ask the same at once, with upstream at ${upstreamMs} ms`,
  scenarios: [],
  run: async (bench) => {
    const { upstream, fleets } = await start(bench);
    const rows = [['', 'target', 'calls upstream', 'until the last answer']];
    for (const [title, ask] of [list, query]) {
      for (const { name, replicas, answers } of fleets.filter((fleet) => fleet.answers.includes(ask))) {
        if (!answers.includes(ask)) continue;
        const measured: { calls: number; ms: number }[] = [];
        // The first round opens connections and compiles code.
        for (let round = 0; round <= callsOf(bench, rounds); round += 1)
          measured.push(await rush(bench, upstream, replicas, ask));
        const counted = measured.slice(1);
        const calls = counted.map((each) => each.calls);
        const [least, most] = [Math.min(...calls), Math.max(...calls)];
        const time = median(counted.map(({ ms }) => ms)).toFixed(0);
        rows.push([title, name, least === most ? `${most}` : `${least}–${most}`, `${time} ms`]);
      }
    }
    return markdown(rows, 2);
  },
};

async function start({ processes, tools }: Bench) {
  const [upstream, shared] = await Promise.all([
    processes.start(sandbox),
    processes.start(redis(tools.redis)),
  ]);
  const environment = sharing(shared, processes);
  const [memory, one, other, server, apollo, mercurius] = await Promise.all([
    processes.start(gateway(upstream)),
    processes.start(gateway(upstream, environment)),
    processes.start(gateway(upstream, environment)),
    processes.start(nginx(tools.nginx, upstream, keptForAnHour)),
    processes.start(peer('apollo', upstream, keptForAnHour)),
    processes.start(peer('mercurius', upstream, keptForAnHour)),
  ]);
  const both = [list[1], query[1]];
  const fleets = [
    { name: 'gateway, memory', replicas: [memory], answers: both },
    { name: 'gateway, 2 replicas with a Redis', replicas: [one, other], answers: both },
    { name: 'nginx', replicas: [server], answers: [list[1]] },
    { name: 'Apollo', replicas: [apollo], answers: [query[1]] },
    { name: 'Mercurius', replicas: [mercurius], answers: [query[1]] },
  ];
  return { upstream: new Upstream(upstream), fleets };
}

/** @returns how many calls were made upstream, and when the last answer had arrived */
async function rush({ signal }: Bench, upstream: Upstream, replicas: readonly RunningProcess[], ask: Ask) {
  const request = ask(await upstream.newZone(contents));
  const clients = replicas.map(({ origin }) => new Client(origin, signal));
  const before = await upstream.calls();
  await upstream.setLatency(upstreamMs);
  const each = Array.from({ length: callers / clients.length }, () => request);
  const times = await Promise.all(clients.map((client) => client.timed(each)));
  await upstream.setLatency(0);
  for (const client of clients) client.close();
  return { calls: (await upstream.calls()) - before, ms: Math.max(...times) };
}
