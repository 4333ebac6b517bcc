import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

const answerTimeoutMs = 10_000;
/** A GraphQL answer with errors begins with them, and its status is 200. */
const beginOfErrors = Buffer.from('{"errors"');

/** One request, ready to be sent. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/**
 * Makes the next call of one of the callers that load a target together: one request, or several that are sent at once, and
 * which count as answered when the last one is.
 */
export type Caller = () => readonly Outgoing[];

/** A run ends at the first of these bounds. */
export interface Bounds {
  readonly seconds: number;
  readonly maxCalls: number;
}

export interface Run {
  /** Of every call, in the order in which they ended. */
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
}

/**
 * A closed loop: a fixed number of callers, each of which makes its next call when the last one is answered. Any answer other than
 * a 200 without errors fails the run, because a figure of refusals says nothing.
 */
export class Load {
  // One connection for each call that can be under way, so that no call waits for another.
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY });

  constructor(
    private readonly origin: URL,
    private readonly newCaller: () => Caller,
    private readonly callers: number,
    private readonly signal: AbortSignal,
  ) {}

  async run({ seconds, maxCalls }: Bounds): Promise<Run> {
    const latenciesMs: number[] = [];
    const beganAt = performance.now();
    const endsAt = beganAt + seconds * 1000;
    let made = 0;
    let failed = false;
    const call = async () => {
      const next = this.newCaller();
      while (!failed && made < maxCalls && performance.now() < endsAt) {
        this.signal.throwIfAborted();
        made += 1;
        const outgoing = next();
        const sentAt = performance.now();
        await this.send(outgoing);
        latenciesMs.push(performance.now() - sentAt);
      }
    };
    const stopOthers = (error: unknown) => {
      failed = true;
      throw error;
    };
    await Promise.all(Array.from({ length: this.callers }, () => call().catch(stopOthers)));
    return { latenciesMs, seconds: (performance.now() - beganAt) / 1000 };
  }

  /** Resolves when every answer has arrived whole. */
  send(outgoing: readonly Outgoing[]): Promise<Buffer[]> {
    return Promise.all(outgoing.map((each) => this.exchange(each)));
  }

  close(): void {
    this.agent.destroy();
  }

  private exchange({ method, path, headers, body }: Outgoing): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.origin;
      const outgoing = request({ agent: this.agent, hostname, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const whole = Buffer.concat(chunks);
          const begin = whole.subarray(0, beginOfErrors.length);
          if (answer.statusCode === 200 && !begin.equals(beginOfErrors)) return resolve(whole);
          const text = whole.toString('utf8', 0, 300);
          reject(new Error(`${method} ${path} at ${this.origin.host}: ${answer.statusCode} ${text}`));
        });
      });
      outgoing.setTimeout(answerTimeoutMs, () => outgoing.destroy(new Error(`No answer: ${method} ${path}`)));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}
