import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Places } from '../../src/gateway/cache/place.js';
import { credentialKey, fenceKeys } from '../../src/gateway/cache/redis/keys.js';
import { loadKeyRing } from '../../src/platform/keys/key-ring.js';
import { Secret } from '../../src/platform/context/secret.js';
import { eventually } from '../support/basics/eventually.js';
import {
  type Fleet,
  reports,
  see,
  type Seen,
  set,
  startFleet,
  tokenOf,
  zoneId,
} from '../support/gateway/fleet.js';
import { startCluster, type TestCluster } from '../support/redis/redis-cluster.js';

const zones = Array.from({ length: 60 }, (_, index) => zoneId(index));
const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('Two gateways on a Redis Cluster', () => {
  let cluster: TestCluster;
  let fleet: Fleet;
  /** The node of the keys of each zone, and of the key that says whether a user was refused. */
  const nodeOf = new Map<string, number>();
  const onNode = (node: number) => zones.filter((zone) => nodeOf.get(zone) === node);
  const notOnNode = (node: number) => zones.filter((zone) => nodeOf.get(zone) !== node);

  beforeAll(async () => {
    cluster = await startCluster();
    fleet = await startFleet({ redisUrl: cluster.url });
    const { ring } = loadKeyRing(fleet.keysFile, { mayCreate: false });
    const places = new Places(ring.derive(ring.root, 'cache-names'));
    for (const zone of zones) nodeOf.set(zone, await cluster.ownerOf(fenceKeys(places.zone(zone))[0]!));
    for (const user of users) {
      const name = places.credential({ kind: 'token', token: new Secret(tokenOf(user)) });
      nodeOf.set(user, await cluster.ownerOf(credentialKey(name)));
    }
  });
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const seeAll = (which: readonly string[]): Promise<Seen[]> =>
    Promise.all(
      fleet.gateways.flatMap((gateway) =>
        which.map((zone, index) => see(gateway, zone, users[index % users.length])),
      ),
    );
  const setAll = async (which: readonly string[], enabled: boolean) =>
    new Set(await Promise.all(which.map((zone, index) => set(fleet.gateways[index % 2]!, zone, enabled))));
  const statesIn = (all: Seen[]) => new Set(all.map(({ enabled }) => enabled));
  const untilKept = (which: readonly string[]) =>
    eventually(async () => (await seeAll(which)).every(({ how }) => how === 'hit') || undefined);
  const msOf = async (ask: () => Promise<unknown>) => {
    const start = performance.now();
    await ask();
    return Math.round(performance.now() - start);
  };

  it('Gateways keep zones on each node, and see the changes of each other at once', async () => {
    for (const enabled of [false, true, false]) {
      expect(await setAll(zones, enabled)).toEqual(new Set([200]));
      expect(statesIn(await seeAll(zones))).toEqual(new Set([enabled]));
    }
    await untilKept(zones);
    for (const node of cluster.nodes) expect(await node.run('KEYS', 'og:*:v:*')).not.toHaveLength(0);
  });

  it.each(['dead', 'hung'])(
    'Gateways serve the zones of the other nodes from the cache while one node is %s',
    async (how) => {
      // This node has the key that says whether user `a` was refused, for each zone.
      const away = nodeOf.get('a')!;
      const node = cluster.nodes[away]!;
      const [its, others] = [onNode(away), notOnNode(away)];
      await setAll(zones, false);
      await untilKept(zones);
      await (how === 'dead' ? node.kill() : node.stop());

      const fromUpstream: Seen[] = [];
      for (const zone of its.slice(0, 10)) fromUpstream.push(await see(fleet.gateways[0]!, zone));
      const slowestMs = Math.round(Math.max(...fromUpstream.map(({ ms }) => ms)));
      // At most 100 ms more, and 50 ms for the event loop of a busy machine.
      expect(slowestMs).toBeLessThan(150);
      const keptAfterMs = await msOf(() => untilKept(others));
      const [fromIts, fromOthers] = await Promise.all([seeAll(its), seeAll(others)]);
      expect(new Set(fromIts.map((seen) => seen.how))).toEqual(new Set(['bypass']));
      expect(statesIn([...fromUpstream, ...fromIts, ...fromOthers])).toEqual(new Set([false]));
      expect(await setAll(its, true)).toEqual(new Set([503]));
      expect(await setAll(others, true)).toEqual(new Set([200]));
      expect(statesIn(await seeAll(its))).toEqual(new Set([false]));
      expect(statesIn(await seeAll(others))).toEqual(new Set([true]));
      await Promise.all(fleet.gateways.map((gateway) => reports(gateway, 'degraded')));

      await (how === 'dead' ? node.restart() : node.cont());
      await cluster.serves(node);
      const backAfterMs = await msOf(() => untilKept(its));
      expect(backAfterMs).toBeLessThan(1000);
      expect(statesIn(await seeAll(its))).toEqual(new Set([false]));
      expect(statesIn(await seeAll(others))).toEqual(new Set([true]));
      expect(await setAll(its, true)).toEqual(new Set([200]));
      await Promise.all(fleet.gateways.map((gateway) => reports(gateway, 'ready')));
      const counts = { itsZones: its.length, otherZones: others.length };
      process.stdout.write(`${JSON.stringify({ how, ...counts, slowestMs, keptAfterMs, backAfterMs })}\n`);
    },
  );
});
