import { Agent, request } from 'node:http';
import { once, type Outgoing } from './requests.js';

const answerTimeoutMs = 10_000;
/** A GraphQL answer with errors begins with them, and its status is 200. */
const beginOfErrors = Buffer.from('{"errors"');

export interface Answer {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Makes single calls to a target. Its connections are kept, one for each call that is under way. */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY });

  constructor(
    private readonly origin: URL,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Resolves when the answer has arrived whole.
   *
   * @throws if it is anything else than a 200 without errors
   */
  send(outgoing: Outgoing): Promise<Answer> {
    this.signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const { method, path, headers, body } = once(outgoing);
      const { hostname, port } = this.origin;
      const sent = request({ agent: this.agent, hostname, port, method, path, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          const bytes = Buffer.concat(chunks);
          const begin = bytes.subarray(0, beginOfErrors.length);
          const contentType = answer.headers['content-type'] ?? '';
          if (answer.statusCode === 200 && !begin.equals(beginOfErrors))
            return resolve({ contentType, bytes });
          const text = bytes.toString('utf8', 0, 300);
          reject(new Error(`${method} ${path} at ${this.origin.host}: ${answer.statusCode} ${text}`));
        });
      });
      sent.setTimeout(answerTimeoutMs, () => sent.destroy(new Error(`No answer: ${method} ${path}`)));
      sent.once('error', reject);
      sent.end(body);
    });
  }

  /** Sends all at once. @returns the time until the last answer has arrived */
  async timed(outgoing: readonly Outgoing[]): Promise<number> {
    const sentAt = performance.now();
    await Promise.all(outgoing.map((each) => this.send(each)));
    return performance.now() - sentAt;
  }

  close(): void {
    this.agent.destroy();
  }
}
