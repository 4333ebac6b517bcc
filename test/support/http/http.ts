import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface ReplyEnvelope {
  readonly success: boolean;
  readonly errors: readonly {
    readonly code: number;
    readonly message: string;
    readonly error_chain?: unknown;
  }[];
  readonly messages?: unknown;
  readonly result?: unknown;
}

export interface CallOptions {
  readonly headers?: OutgoingHttpHeaders;
  /** A string or bytes as they are, anything else as JSON with its content type. */
  readonly body?: unknown;
}

/** One request on a connection of its own, with the headers given and no others, and the target as it is spelt. */
export function call(url: string, method: string, { headers = {}, body }: CallOptions = {}): Promise<Reply> {
  const { hostname, port, origin } = new URL(url);
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const payload = raw || body === undefined ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path: url.slice(origin.length),
        agent: false,
        headers: {
          ...(payload !== undefined && !raw && { 'content-type': 'application/json' }),
          ...(payload !== undefined &&
            !('transfer-encoding' in headers) && { 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

export function envelopeOf({ body }: Pick<Reply, 'body'>): ReplyEnvelope {
  return JSON.parse(body.toString()) as ReplyEnvelope;
}

export const codeOf = (reply: Pick<Reply, 'body'>) => envelopeOf(reply).errors[0]?.code;
