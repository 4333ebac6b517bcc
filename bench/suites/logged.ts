import { fail } from 'node:assert/strict';
import { Client } from '../load/client.js';
import { get } from '../load/requests.js';
import { type Scenario, throughput } from '../measure/throughput.js';
import { type Stage } from '../measure/target.js';
import { keep } from '../targets/keep.js';
import { bareFastifyWithLog, gatewayWithLog, lifetimes, sandbox } from '../targets/programs.js';
import { Upstream } from '../targets/upstream.js';

const bare = 'bare Fastify with pino';
const own = 'gateway, memory';
const certificates = 10;

export const logged = throughput<Stage>({
  name: 'logged',
  title:
    'hits with LOG_LEVEL=info into a file, against a bare Fastify that logs with pino at info into a file',
  reference: bare,
  start: async ({ processes }) => {
    const upstream = await processes.start(sandbox);
    const [fastify, gateway] = await Promise.all([
      processes.start(bareFastifyWithLog),
      processes.start(gatewayWithLog(upstream, lifetimes)),
    ]);
    const targets = [
      { name: bare, process: fastify },
      { name: own, process: gateway },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [list()],
});

function list(): Scenario<Stage> {
  return {
    name: 'logged-list',
    title: `REST, list of ${certificates} certificates`,
    targets: [bare, own],
    prepare: async ({ upstream, targets }, { signal }) => {
      const zone = await upstream.newZone({ zoneCertificates: certificates, hostnameCertificates: 0 });
      const [fastify, gateway] = targets;
      if (!fastify || !gateway) throw new Error('A target is missing');
      const client = new Client(gateway.process.origin, signal);
      const answer = await client.send(get(zone, ''));
      client.close();
      await keep(fastify.process, answer);
      const check = (bytes: Buffer) => {
        if (!bytes.equals(answer.bytes)) fail('Another answer than before');
      };
      return { requests: [get(zone, '')], check, upstreamCalls: 0 };
    },
  };
}
