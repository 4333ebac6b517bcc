import { type GenericContainer } from 'testcontainers';
import { type Owner } from './postgres.js';
import { freePort } from '../redis/redis-binary.js';
import { type Library, TestContainer } from '../servers/test-container.js';

const image = process.env['TEST_POSTGRES_IMAGE'] ?? 'postgres:17-alpine';

export class PostgresContainer extends TestContainer {
  private constructor(
    port: number,
    private readonly owner: Owner,
  ) {
    super(image, port);
  }

  static async create(owner: Owner): Promise<PostgresContainer> {
    return new PostgresContainer(await freePort(), owner);
  }

  protected describe(container: GenericContainer, { Wait }: Library): GenericContainer {
    return (
      container
        .withExposedPorts({ container: 5432, host: this.port })
        .withEnvironment({
          POSTGRES_USER: this.owner.user,
          POSTGRES_PASSWORD: this.owner.password,
          POSTGRES_DB: 'postgres',
        })
        // Twice: the first is of a server that only makes the cluster, and ends.
        .withWaitStrategy(Wait.forLogMessage(/database system is ready to accept connections/, 2))
    );
  }
}
