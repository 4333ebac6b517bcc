import { Agent, request, type OutgoingHttpHeaders } from 'node:http';
import { performance } from 'node:perf_hooks';

const answerTimeoutMs = 10_000;

/** One request, ready to be sent. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer;
}

/** Makes the next request of one of the callers that load a target together. */
export type Caller = () => Outgoing;

/** A run ends at whichever comes first. */
export interface Bounds {
  readonly seconds: number;
  readonly maxRequests: number;
}

export interface Run {
  /** Of every request, in the order they ended. */
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
}

/**
 * A closed loop: a fixed number of callers, each on a connection of its own, each sending its next request when the last
 * one is answered. Any answer but a 200 ends the run with an error, for a figure made of refusals says nothing.
 */
export class Load {
  private readonly agent: Agent;

  constructor(
    private readonly origin: URL,
    private readonly newCaller: () => Caller,
    private readonly concurrency: number,
    private readonly signal: AbortSignal,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  }

  async run({ seconds, maxRequests }: Bounds): Promise<Run> {
    const latenciesMs: number[] = [];
    const beganAt = performance.now();
    const endsAt = beganAt + seconds * 1000;
    let sent = 0;
    let failed = false;
    const call = async () => {
      const next = this.newCaller();
      while (!failed && sent < maxRequests && performance.now() < endsAt) {
        this.signal.throwIfAborted();
        sent += 1;
        const outgoing = next();
        const sentAt = performance.now();
        await this.exchange(outgoing);
        latenciesMs.push(performance.now() - sentAt);
      }
    };
    const stopOthers = (error: unknown) => {
      failed = true;
      throw error;
    };
    await Promise.all(Array.from({ length: this.concurrency }, () => call().catch(stopOthers)));
    return { latenciesMs, seconds: (performance.now() - beganAt) / 1000 };
  }

  close(): void {
    this.agent.destroy();
  }

  /** Resolves when the whole answer is here. */
  private exchange({ method, path, headers, body }: Outgoing): Promise<void> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.origin;
      const outgoing = request({ agent: this.agent, hostname, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          if (answer.statusCode === 200) return resolve();
          const text = Buffer.concat(chunks).toString().slice(0, 200);
          reject(new Error(`${method} ${path} at ${this.origin.host}: ${answer.statusCode} ${text}`));
        });
      });
      outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error(`No answer: ${method} ${path}`)));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}
