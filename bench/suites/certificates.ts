import { gateway, plainGraphql, sandbox } from '../programs.js';
import { uncached } from '../requests.js';
import { type Scenario, type Suite } from '../suite.js';
import { Upstream } from '../upstream.js';
import { zoneQuery, zoneQueryCheck } from '../zone-query.js';

export const certificates: Suite = {
  name: 'certificates',
  title: 'the zone query by how much there is in the zone, upstream answering at once',
  comparison: { latency: 'plain GraphQL', efficiency: 'plain GraphQL' },
  start: async (processes) => {
    const upstream = await processes.start(sandbox);
    const [plain, own] = await Promise.all([
      processes.start(plainGraphql(upstream)),
      processes.start(gateway(upstream)),
    ]);
    const targets = [
      { name: 'plain GraphQL', process: plain },
      { name: 'gateway', process: own },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [1, 10, 100].map(overview),
};

function overview(zoneCertificates: number): Scenario {
  const contents = { zoneCertificates, hostnameCertificates: 1 };
  return {
    name: `certificates-${zoneCertificates}`,
    title: `a zone with ${zoneCertificates} ${zoneCertificates === 1 ? 'certificate' : 'certificates'}`,
    prepare: async (upstream) => {
      const query = [uncached(zoneQuery([await upstream.newZone(contents)]))];
      const check = zoneQueryCheck(1, contents);
      return {
        newCaller: () => () => query,
        check: (answers) => answers.forEach(check),
        upstreamCalls: 3,
      };
    },
  };
}
