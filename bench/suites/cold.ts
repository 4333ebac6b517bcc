import { gateway, plainGraphql, sandbox } from '../programs.js';
import { uncached } from '../requests.js';
import { type Scenario, type Suite } from '../suite.js';
import { Upstream } from '../upstream.js';
import { zoneCalls, zoneQuery, zoneQueryCheck } from '../zone-query.js';

/** The latency of an upstream call, and so the least that a query with parallel calls can take. */
const idealMs = 50;
const contents = { zoneCertificates: 3, hostnameCertificates: 3 };

export const cold: Suite = {
  name: 'cold',
  title: `the zone query with upstream at ${idealMs} ms, which is all that it would take ideally`,
  comparison: { latency: { idealMs }, efficiency: 'plain GraphQL', upstream: 'direct' },
  start: async (processes) => {
    const direct = await processes.start(sandbox);
    const [plain, own] = await Promise.all([
      processes.start(plainGraphql(direct)),
      processes.start(gateway(direct)),
    ]);
    const targets = [
      { name: 'direct', process: direct },
      { name: 'plain GraphQL', process: plain },
      { name: 'gateway', process: own },
    ];
    return { upstream: new Upstream(direct), targets };
  },
  scenarios: [
    overview('cold-1-caller', { callers: 1, zones: 1 }),
    overview('cold-4-callers', { callers: 4, zones: 1 }),
    overview('cold-20-zones', { callers: 1, zones: 20 }),
  ],
};

function overview(name: string, { callers, zones: count }: { callers: number; zones: number }): Scenario {
  return {
    name,
    title:
      count === 1 ? 'a zone, 3 calls upstream' : `${count} zones in one query, ${3 * count} calls upstream`,
    callers,
    upstreamLatencyMs: idealMs,
    prepare: async (upstream) => {
      const zones = await Promise.all(Array.from({ length: count }, () => upstream.newZone(contents)));
      const query = [uncached(zoneQuery(zones))];
      // A direct caller knows which calls it needs and makes all of them at once.
      const calls = zoneCalls(zones);
      const check = zoneQueryCheck(count, contents);
      return {
        newCaller: (target) => () => (target === 'direct' ? calls : query),
        check: ([answer, ...others]) => {
          if (answer && others.length === 0) check(answer);
        },
        upstreamCalls: 3 * count,
      };
    },
  };
}
