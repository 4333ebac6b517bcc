import { Redis } from 'ioredis';
import { RedisBinary, redisBinary } from './redis-binary.js';
import { answeringEngine, RedisContainer } from './redis-container.js';
import { type Machine, sharedServer, TestServer } from '../servers/test-server.js';

/** Where a Redis of a test runs: in a container, or as a process of its own. */
export interface RedisMachine extends Machine {
  /** Where another one finds it: host and port. */
  readonly peer: readonly [string, number];
  /** What Redis last saved. */
  readSnapshot(): Promise<Buffer>;
  /** What it loads when it starts; null for nothing. Only while it does not run. */
  writeSnapshot(snapshot: Buffer | null): Promise<void>;
}

export interface RedisStartOptions {
  /** Further settings, as `redis-server` takes them: `{ maxmemory: '8mb' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A real Redis that the test owns, to kill and to stop. In a container where a Docker engine answers, else as a process
 * of its own; what neither has is installed (root on Debian), or the test fails and says what to install.
 */
export async function startRedis({ settings = {} }: RedisStartOptions = {}): Promise<TestRedis> {
  const engine = await answeringEngine();
  const machine = engine
    ? await RedisContainer.create(settings)
    : await RedisBinary.create(await redisBinary(), settings);
  return started(machine);
}

/**
 * The same, always as a process of the test's own: several that have to find each other under the addresses under which a
 * gateway finds them would each need a network of its own in containers.
 */
export async function startRedisProcess(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  return started(await RedisBinary.create(await redisBinary(), settings));
}

export async function startSentinelProcess(settings: Readonly<Record<string, string>>): Promise<TestRedis> {
  return started(await RedisBinary.sentinel(await redisBinary(), settings));
}

function started(machine: RedisMachine): Promise<TestRedis> {
  return new TestRedis(machine).start();
}

/** The URL of a Redis that the test will neither kill nor stop: of the environment, else of one started for it. */
export function redisUrl(): Promise<{ url: string; close: () => Promise<void> }> {
  return sharedServer(process.env['TEST_REDIS_URL'], startRedis);
}

export class TestRedis extends TestServer<RedisMachine> {
  protected readonly readyWithinMs = 10_000;

  get url(): string {
    return `redis://${this.machine.host}:${this.machine.port}`;
  }

  /** Where another Redis finds it: host and port. */
  get peer(): readonly [string, number] {
    return this.machine.peer;
  }

  /** Starts it again, killed or not: empty unless a snapshot is given. */
  async restart({ snapshot }: { snapshot?: Buffer } = {}): Promise<void> {
    await this.kill();
    await this.machine.writeSnapshot(snapshot ?? null);
    await this.start();
  }

  /** What it holds now, to restart from later. */
  async snapshot(): Promise<Buffer> {
    await this.run('SAVE');
    return this.machine.readSnapshot();
  }

  async flushall(): Promise<void> {
    await this.run('FLUSHALL');
  }

  /** One command, on a connection of its own. Strings come as bytes. */
  async run(command: string, ...args: (string | Buffer | number)[]): Promise<unknown> {
    const client = this.client();
    try {
      await client.connect();
      return await client.callBuffer(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  protected ping(): Promise<unknown> {
    return this.run('PING');
  }

  private client(): Redis {
    const client = new Redis({
      host: this.machine.host,
      port: this.machine.port,
      lazyConnect: true,
      connectTimeout: 2000,
      disconnectTimeout: 100,
      socketTimeout: 5000,
      retryStrategy: () => null,
    });
    // It is the promise that says it.
    client.on('error', () => undefined);
    return client;
  }
}
