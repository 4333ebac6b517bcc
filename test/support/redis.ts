import { Redis } from 'ioredis';
import { RedisBinary, redisBinary } from './redis-binary.js';
import { answeringEngine, RedisContainer } from './redis-container.js';

/** Where a Redis of a test runs: in a container, or as a process of its own. */
export interface RedisMachine {
  readonly host: string;
  readonly port: number;
  /** Where another one finds it: host and port. */
  readonly peer: readonly [string, number];
  /** What it is, for a report. */
  readonly kind: string;
  start(): Promise<void>;
  /** Resolves when it is done: after SIGKILL, when the port is closed. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** What Redis last saved. */
  readSnapshot(): Promise<Buffer>;
  /** What it loads when it starts; null for nothing. Only while it does not run. */
  writeSnapshot(snapshot: Buffer | null): Promise<void>;
  remove(): Promise<void>;
}

export interface RedisStartOptions {
  /** Further settings, as `redis-server` takes them: `{ maxmemory: '8mb' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

const readyWithinMs = 10_000;

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

async function started(machine: RedisMachine): Promise<TestRedis> {
  const redis = new TestRedis(machine);
  await machine.start();
  await redis.ready();
  return redis;
}

/** The URL of a Redis that the test will neither kill nor stop: of the environment, else of one started for it. */
export async function redisUrl(): Promise<{ url: string; close: () => Promise<void> }> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return { url: given, close: () => Promise.resolve() };
  const redis = await startRedis();
  return { url: redis.url, close: () => redis.close() };
}

export class TestRedis {
  constructor(private readonly machine: RedisMachine) {}

  get url(): string {
    return `redis://${this.machine.host}:${this.machine.port}`;
  }

  get port(): number {
    return this.machine.port;
  }

  /** Where another Redis finds it: host and port. */
  get peer(): readonly [string, number] {
    return this.machine.peer;
  }

  get kind(): string {
    return this.machine.kind;
  }

  /** SIGKILL: nothing is saved. */
  kill(): Promise<void> {
    return this.machine.signal('SIGKILL');
  }

  /** SIGSTOP: it holds its connections, takes new ones, and answers none. */
  stop(): Promise<void> {
    return this.machine.signal('SIGSTOP');
  }

  cont(): Promise<void> {
    return this.machine.signal('SIGCONT');
  }

  /** Starts it again, killed or not: empty unless a snapshot is given. */
  async restart({ snapshot }: { snapshot?: Buffer } = {}): Promise<void> {
    await this.kill();
    await this.machine.writeSnapshot(snapshot ?? null);
    await this.machine.start();
    await this.ready();
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

  async ready(): Promise<void> {
    const deadline = performance.now() + readyWithinMs;
    for (;;) {
      try {
        await this.run('PING');
        return;
      } catch (error) {
        if (performance.now() > deadline) throw new Error('Redis did not answer in time.', { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  close(): Promise<void> {
    return this.machine.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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
