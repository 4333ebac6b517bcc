import { eventually } from '../basics/eventually.js';
import { freePort } from './redis-binary.js';
import { startRedisProcess, type TestRedis } from './redis.js';

const slots = 16_384;
const size = 3;

export interface TestCluster extends AsyncDisposable {
  readonly nodes: readonly TestRedis[];
  /** As a gateway is given it. */
  readonly url: string;
  /** The number of the node that has the key. */
  ownerOf(key: string): Promise<number>;
  /** Resolves when that node serves its slots. */
  serves(node: TestRedis): Promise<void>;
}

/** Three masters, a third of the slots each. Those that live go on without one that is dead. */
export async function startCluster(): Promise<TestCluster> {
  const buses = await Promise.all(Array.from({ length: size }, () => freePort()));
  const nodes = await Promise.all(
    buses.map((port) =>
      startRedisProcess({
        'cluster-enabled': 'yes',
        'cluster-port': String(port),
        'cluster-node-timeout': '1000',
        'cluster-require-full-coverage': 'no',
      }),
    ),
  );
  const firstSlot = (node: number) => Math.ceil((node * slots) / size);
  for (const [index, node] of nodes.entries()) {
    await node.run('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    await node.run('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index), firstSlot(index + 1) - 1);
    if (index > 0) await node.run('CLUSTER', 'MEET', '127.0.0.1', nodes[0]!.port, buses[0]!);
  }
  const serves = (node: TestRedis) =>
    eventually(async () => {
      const said = String(await node.run('CLUSTER', 'INFO'));
      const isWhole = said.includes('cluster_state:ok') && said.includes(`cluster_slots_ok:${slots}`);
      return isWhole || undefined;
    }).then(() => undefined);
  await Promise.all(nodes.map(serves));
  return {
    nodes,
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    ownerOf: async (key) => {
      const slot = Number(await nodes[0]!.run('CLUSTER', 'KEYSLOT', key));
      return nodes.findIndex((_, index) => slot < firstSlot(index + 1));
    },
    serves,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}
