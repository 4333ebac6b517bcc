import { type StartedTestContainer } from 'testcontainers';
import { type Owner, type PostgresMachine } from './postgres.js';
import { freePort } from './redis-binary.js';

const image = process.env['TEST_POSTGRES_IMAGE'] ?? 'postgres:17-alpine';

/** A PostgreSQL in a container of its own. A fixed host port, so that it is found again after a restart. */
export class PostgresContainer implements PostgresMachine {
  private container: StartedTestContainer | undefined;

  private constructor(
    readonly host: string,
    readonly port: number,
    private readonly owner: Owner,
  ) {}

  static async create(owner: Owner): Promise<PostgresContainer> {
    return new PostgresContainer('127.0.0.1', await freePort(), owner);
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
    this.container = await new GenericContainer(image)
      .withExposedPorts({ container: 5432, host: this.port })
      .withEnvironment({
        POSTGRES_USER: this.owner.user,
        POSTGRES_PASSWORD: this.owner.password,
        POSTGRES_DB: 'postgres',
      })
      // Twice: the first is of a server that only makes the cluster, and ends.
      .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
      .withStartupTimeout(60_000)
      .start();
  }

  async signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const container = await this.engineContainer();
    const { State } = await container.inspect();
    if (!State.Running) return;
    // Pausing freezes all its processes at once.
    if (signal === 'SIGSTOP') return void (await container.pause());
    if (State.Paused) await container.unpause();
    if (signal === 'SIGCONT') return;
    await container.kill({ signal });
    await container.wait();
  }

  async remove(): Promise<void> {
    await this.container?.stop({ timeout: 0 });
  }

  private async engineContainer() {
    if (!this.container) throw new Error('This container has not been started.');
    const { getContainerRuntimeClient } = await import('testcontainers');
    return (await getContainerRuntimeClient()).container.getById(this.container.getId());
  }
}
