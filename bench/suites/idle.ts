import { setTimeout as sleep } from 'node:timers/promises';
import { type Suite } from '../measure/bench.js';
import { markdown } from '../measure/markdown.js';
import { nginx } from '../targets/nginx.js';
import { bareFastify, gateway, keptForAnHour, peer, sandbox, sharing } from '../targets/programs.js';
import { redis } from '../targets/redis.js';

const settlesMs = 10_000;

export const idle: Suite = {
  name: 'idle',
  title: `resident memory ${settlesMs / 1000} s after the start, without a request`,
  scenarios: [],
  run: async ({ processes, tools, signal, plan }) => {
    const [upstream, shared] = await Promise.all([
      processes.start(sandbox),
      processes.start(redis(tools.redis)),
    ]);
    const programs = {
      'bare Fastify': bareFastify,
      'gateway, memory': gateway(upstream),
      'gateway, Redis': gateway(upstream, sharing(shared, processes)),
      nginx: nginx(tools.nginx, upstream, keptForAnHour),
      Apollo: peer('apollo', upstream, keptForAnHour),
      Mercurius: peer('mercurius', upstream, keptForAnHour),
    };
    const started = await Promise.all(
      Object.entries(programs).map(async ([name, program]) => ({
        name,
        process: await processes.start(program),
      })),
    );
    await sleep(settlesMs / plan.fewerCalls, undefined, { signal });
    const rows = started.map(({ name, process }) => [name, `${process.residentMib().toFixed(0)} MiB`]);
    return markdown([['', 'resident'], ...rows]);
  },
};
