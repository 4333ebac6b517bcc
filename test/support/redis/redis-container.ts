import { once } from 'node:events';
import { connect } from 'node:net';
import { type GenericContainer } from 'testcontainers';
import { freePort } from './redis-binary.js';
import { type RedisMachine } from './redis.js';
import { type Library, TestContainer } from '../servers/test-container.js';

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

export class RedisContainer extends TestContainer implements RedisMachine {
  private constructor(
    port: number,
    private readonly settings: Readonly<Record<string, string>>,
  ) {
    super(image, port);
  }

  static async create(settings: Readonly<Record<string, string>>): Promise<RedisContainer> {
    return new RedisContainer(await freePort(), settings);
  }

  /** Between containers a port of the host leads nowhere. */
  get peer(): readonly [string, number] {
    const container = this.started();
    return [container.getIpAddress(container.getNetworkNames()[0] ?? ''), 6379];
  }

  protected describe(container: GenericContainer, { Wait }: Library): GenericContainer {
    // From outside the container nobody is local: Docker's own image knows that, others do not.
    const usual = { save: '', dir: '/tmp', 'protected-mode': 'no' };
    const settings = Object.entries({ ...usual, ...this.settings });
    return container
      .withExposedPorts({ container: 6379, host: this.port })
      .withCommand(['redis-server', ...settings.flatMap(([name, value]) => [`--${name}`, value])])
      .withWaitStrategy(Wait.forListeningPorts());
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
}
