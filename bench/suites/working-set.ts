import { fail } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { gateway, forwarder, sandbox } from '../programs.js';
import { get } from '../requests.js';
import { type Scenario, type Suite } from '../suite.js';
import { Upstream } from '../upstream.js';

const zoneCount = 10_000;

/** Lifetimes are those of production, so that an answer that is read rarely has expired when it is read again. */
export const workingSet: Suite = {
  name: 'working-set',
  title: `${zoneCount} zones, each read the more often the better known it is (Zipf)`,
  comparison: { latency: 'forwarder', efficiency: 'forwarder' },
  start: async (processes) => {
    const upstream = await processes.start(sandbox);
    const targets = [
      { name: 'forwarder', process: await processes.start(forwarder(upstream)) },
      { name: 'gateway', process: await processes.start(gateway(upstream)) },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [zipf()],
};

function zipf(): Scenario {
  return {
    name: 'zipf',
    title: 'REST, settings of a zone',
    prepare: () => {
      const calls = Array.from({ length: zoneCount }, () => [
        get(randomBytes(16).toString('hex'), '/settings'),
      ]);
      const next = zipfian(zoneCount);
      return Promise.resolve({
        newCaller: () => () => calls[next()] ?? fail('There is no such zone'),
        check: ([answer]) => {
          const { success } = JSON.parse(String(answer)) as { success?: unknown };
          if (success !== true) fail(`No settings: ${String(answer)}`);
        },
        upstreamCalls: null,
      });
    },
  };
}

/** @returns a function that draws from 0 to `count` - 1, n with a probability proportional to 1 / (n + 1) */
function zipfian(count: number): () => number {
  const upTo = new Float64Array(count);
  let total = 0;
  for (let rank = 0; rank < count; rank += 1) upTo[rank] = total += 1 / (rank + 1);
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? total) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
