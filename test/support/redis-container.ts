import { once } from 'node:events';
import { connect } from 'node:net';
import { type StartedTestContainer } from 'testcontainers';
import { freePort } from './redis-binary.js';
import { type RedisMachine } from './redis.js';

/** Nothing, as Redis saves it: a stopped container's file can be replaced, not removed. */
const emptySnapshot = Buffer.concat([Buffer.from('REDIS0006\xff', 'latin1'), Buffer.alloc(8)]);

const image = process.env['TEST_REDIS_IMAGE'] ?? 'redis:8-alpine';

/** Whether a Docker engine can be asked; said within a second, so that nobody waits for one that is not there. */
export async function answeringEngine(): Promise<boolean> {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (!url) return false;
  const socket =
    url.protocol === 'unix:' ? connect(url.pathname) : connect(Number(url.port || 2375), url.hostname);
  socket.setTimeout(1000, () => socket.destroy(new Error('No answer')));
  try {
    await once(socket, 'connect');
    if (url.protocol !== 'unix:') return true;
    socket.write('GET /_ping HTTP/1.0\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString().includes(' 200 ');
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A Redis in a container of its own. A fixed host port, so that it is found again after a restart. */
export class RedisContainer implements RedisMachine {
  private container: StartedTestContainer | undefined;

  private constructor(
    readonly host: string,
    readonly port: number,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async create(settings: Readonly<Record<string, string>>): Promise<RedisContainer> {
    return new RedisContainer('127.0.0.1', await freePort(), settings);
  }

  /** Between containers a port of the host leads nowhere. */
  get peer(): readonly [string, number] {
    const container = this.started();
    return [container.getIpAddress(container.getNetworkNames()[0] ?? ''), 6379];
  }

  get kind(): string {
    return image;
  }

  async start(): Promise<void> {
    if (this.container) {
      await (await this.engineContainer()).start();
      return;
    }
    const { GenericContainer, Wait } = await import('testcontainers');
    // From outside the container nobody is local: Docker's own image knows that, others do not.
    const usual = { save: '', dir: '/tmp', 'protected-mode': 'no' };
    const settings = Object.entries({ ...usual, ...this.settings });
    this.container = await new GenericContainer(image)
      .withExposedPorts({ container: 6379, host: this.port })
      .withCommand(['redis-server', ...settings.flatMap(([name, value]) => [`--${name}`, value])])
      .withWaitStrategy(Wait.forListeningPorts())
      .withStartupTimeout(60_000)
      .start();
  }

  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const container = await this.engineContainer();
    const { State } = await container.inspect();
    if (!State.Running) return;
    // Pausing freezes the same way, and the engine's own dealings with a stopped process do not get in between.
    if (signal === 'SIGSTOP') return void (await container.pause());
    if (State.Paused) await container.unpause();
    if (signal === 'SIGCONT') return;
    await container.kill({ signal });
    await container.wait();
  }

  async readSnapshot(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.started().copyArchiveFromContainer('/tmp/dump.rdb')) {
      chunks.push(chunk as Buffer);
    }
    // A tar archive of one file: its size stands in octal at 124, its bytes after the header's 512.
    const tar = Buffer.concat(chunks);
    return tar.subarray(512, 512 + parseInt(tar.toString('latin1', 124, 135), 8));
  }

  async writeSnapshot(snapshot: Buffer | null): Promise<void> {
    const content = snapshot ?? emptySnapshot;
    await this.started().copyContentToContainer([{ content, target: '/tmp/dump.rdb', mode: 0o644 }]);
  }

  async remove(): Promise<void> {
    await this.container?.stop({ timeout: 0 });
  }

  private started(): StartedTestContainer {
    if (!this.container) throw new Error('This container has not been started.');
    return this.container;
  }

  private async engineContainer() {
    const { getContainerRuntimeClient } = await import('testcontainers');
    return (await getContainerRuntimeClient()).container.getById(this.started().getId());
  }
}
