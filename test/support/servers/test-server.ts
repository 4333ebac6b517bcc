/** Where a server of a test runs: in a container, or as processes of its own. */
export interface Machine {
  readonly host: string;
  readonly port: number;
  /** What it is, for a report. */
  readonly kind: string;
  start(): Promise<void>;
  /** Resolves when it is done: after SIGKILL, when nothing of it runs and its port is closed. */
  signal(signal: Signal): Promise<void>;
  remove(): Promise<void>;
}

export type Signal = 'SIGKILL' | 'SIGSTOP' | 'SIGCONT';

/** A real server that the test owns, to kill and to stop. */
export abstract class TestServer<M extends Machine> {
  protected abstract readonly readyWithinMs: number;

  constructor(protected readonly machine: M) {}

  /** Rejects while it does not answer. */
  protected abstract ping(): Promise<unknown>;

  get port(): number {
    return this.machine.port;
  }

  get kind(): string {
    return this.machine.kind;
  }

  /** SIGKILL to all of it: nothing is written that was not. */
  kill(): Promise<void> {
    return this.machine.signal('SIGKILL');
  }

  /** SIGSTOP to all of it: it holds its connections, takes new ones, and answers none. */
  stop(): Promise<void> {
    return this.machine.signal('SIGSTOP');
  }

  cont(): Promise<void> {
    return this.machine.signal('SIGCONT');
  }

  /** Resolves when it answers. */
  async start(): Promise<this> {
    await this.machine.start();
    const deadline = performance.now() + this.readyWithinMs;
    for (;;) {
      try {
        await this.ping();
        return this;
      } catch (error) {
        if (performance.now() > deadline)
          throw new Error(`${this.kind} did not answer in time.`, { cause: error });
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
}

interface Shared {
  readonly url: string;
  close(): Promise<void>;
}

/** The URL of a server that the test will neither kill nor stop: the one given, else of one started for it. */
export async function sharedServer(given: string | undefined, start: () => Promise<Shared>): Promise<Shared> {
  if (given) return { url: given, close: () => Promise.resolve() };
  const server = await start();
  return { url: server.url, close: () => server.close() };
}
