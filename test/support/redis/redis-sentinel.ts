import { eventually } from '../basics/eventually.js';
import { startRedisProcess, startSentinelProcess, type TestRedis } from './redis.js';

export interface Watched extends AsyncDisposable {
  readonly master: TestRedis;
  readonly replica: TestRedis;
  readonly sentinel: TestRedis;
  /** As a gateway is given it. */
  readonly url: string;
  /** Resolves when the sentinel sends everybody to the replica. */
  failedOver(): Promise<void>;
}

/** A master, a replica that follows it, and a sentinel that takes half a second to call the master dead. */
export async function startWatched(): Promise<Watched> {
  const master = await startRedisProcess({ 'repl-diskless-sync-delay': '0' });
  const replica = await startRedisProcess();
  await replica.run('REPLICAOF', '127.0.0.1', master.port);
  const sentinel = await startSentinelProcess({
    'sentinel monitor': `main 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds': 'main 500',
    'sentinel failover-timeout': 'main 5000',
  });
  await eventually(async () => {
    const said = String(await replica.run('INFO', 'replication'));
    return said.includes('master_link_status:up') || undefined;
  });
  await eventually(async () => {
    const known = (await sentinel.run('SENTINEL', 'REPLICAS', 'main')) as unknown[];
    return known.length === 1 || undefined;
  });
  return {
    master,
    replica,
    sentinel,
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/main`,
    failedOver: () =>
      eventually(async () => {
        const at = (await sentinel.run('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main')) as Buffer[];
        return Number(at[1]) === replica.port || undefined;
      }).then(() => undefined),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([sentinel, replica, master].map((each) => each.close()));
    },
  };
}

/** Whatever is written at the master from now on, the replica does not know of; until it is told to go on. */
export async function leaveBehind({ master, replica }: Watched): Promise<void> {
  await replica.stop();
  // Else what is sent waits in its socket, and is read when it goes on.
  await master.run('CLIENT', 'KILL', 'TYPE', 'replica');
}
