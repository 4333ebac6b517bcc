import { fail } from 'node:assert/strict';
import { join } from 'node:path';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { gateway, kept, sandbox } from '../programs.js';
import { redis, redisUrl } from '../redis.js';
import { get } from '../requests.js';
import { type Scenario, type Suite } from '../suite.js';
import { Upstream } from '../upstream.js';
import { zoneQuery, zoneQueryCheck } from '../zone-query.js';

/** Lifetimes that outlast the measurement. */
const lifetimes = { CACHE_TTL_LIST_SECONDS: '3600', CACHE_TTL_ITEM_SECONDS: '3600' };

export const hits: Suite = {
  name: 'hits',
  title: 'what is kept already, against a bare Fastify that answers the same bytes',
  comparison: { latency: 'kept bytes', efficiency: 'kept bytes' },
  start: async (processes) => {
    const [upstream, shared] = await Promise.all([processes.start(sandbox), processes.start(redis())]);
    const keys = join(processes.folder, 'keys.json');
    initKeyRing(keys);
    const [memory, withRedis] = await Promise.all([
      processes.start(gateway(upstream, lifetimes)),
      processes.start(gateway(upstream, { ...lifetimes, REDIS_URL: redisUrl(shared), KEYS_FILE: keys })),
    ]);
    const targets = [
      { name: 'kept bytes', process: await processes.start(kept(memory)) },
      { name: 'gateway', process: memory },
      { name: 'gateway, Redis', process: withRedis },
    ];
    return { upstream: new Upstream(upstream), targets };
  },
  scenarios: [
    ...[1, 10, 100].map(list),
    ...[1, 10, 100].map((certificates) => overview(1, certificates)),
    overview(20, 3),
  ],
};

function list(certificates: number): Scenario {
  return {
    name: `hit-list-${certificates}`,
    title: `REST, list of ${counted(certificates, 'certificate')}`,
    prepare: async (upstream) => {
      const zone = await upstream.newZone({ zoneCertificates: certificates, hostnameCertificates: 0 });
      const call = [get(zone, '')];
      const check = ([answer]: readonly Buffer[]) => {
        const { result } = JSON.parse(String(answer)) as { result?: unknown[] };
        if (result?.length !== certificates) fail(`${result?.length} certificates, not ${certificates}`);
      };
      return { newCaller: () => () => call, check, upstreamCalls: 0 };
    },
  };
}

function overview(count: number, certificates: number): Scenario {
  const contents = { zoneCertificates: certificates, hostnameCertificates: Math.min(certificates, 3) };
  return {
    name: count === 1 ? `hit-zone-${certificates}` : `hit-${count}-zones`,
    title: `GraphQL, overview of ${counted(count, 'zone')} with ${counted(certificates, 'certificate')}`,
    prepare: async (upstream) => {
      const zones = await Promise.all(Array.from({ length: count }, () => upstream.newZone(contents)));
      const query = [zoneQuery(zones)];
      const check = zoneQueryCheck(count, contents);
      return { newCaller: () => () => query, check: (answers) => answers.forEach(check), upstreamCalls: 0 };
    },
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
