import type * as library from 'testcontainers';
import { type GenericContainer, type StartedTestContainer } from 'testcontainers';
import { type Machine, type Signal } from './test-server.js';

export type Library = typeof library;

/** A server in a container of its own. A fixed host port, so that it is found again after a restart. */
export abstract class TestContainer implements Machine {
  readonly host = '127.0.0.1';
  private container: StartedTestContainer | undefined;

  protected constructor(
    private readonly image: string,
    readonly port: number,
  ) {}

  /** The library takes half a second to load. */
  protected abstract describe(container: GenericContainer, loaded: Library): GenericContainer;

  get kind(): string {
    return this.image;
  }

  async start(): Promise<void> {
    if (this.container) {
      await (await this.engineContainer()).start();
      return;
    }
    const loaded = await import('testcontainers');
    this.container = await this.describe(new loaded.GenericContainer(this.image), loaded)
      .withStartupTimeout(60_000)
      .start();
  }

  async signal(signal: Signal): Promise<void> {
    const container = await this.engineContainer();
    const { State } = await container.inspect();
    if (!State.Running) return;
    // Pausing freezes all its processes at once, and the engine's own dealings with a stopped one do not get in between.
    if (signal === 'SIGSTOP') return void (await container.pause());
    if (State.Paused) await container.unpause();
    if (signal === 'SIGCONT') return;
    await container.kill({ signal });
    await container.wait();
  }

  async remove(): Promise<void> {
    await this.container?.stop({ timeout: 0 });
  }

  protected started(): StartedTestContainer {
    if (!this.container) throw new Error('This container has not been started.');
    return this.container;
  }

  private async engineContainer() {
    const { getContainerRuntimeClient } = await import('testcontainers');
    return (await getContainerRuntimeClient()).container.getById(this.started().getId());
  }
}
