import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { isVerification } from './verification.js';

interface RecordedAnswer {
  readonly status: number;
  /** By lower-case name; a repeated one is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Exchange {
  readonly method: string;
  /** The request target as it stood on the wire. */
  readonly url: string;
  /** By lower-case name; a repeated one is joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's port: one for each connection. */
  readonly connection: number;
  /** As far as it has come in. */
  body: Buffer;
  /** Undefined until the upstream has answered. */
  answer?: RecordedAnswer;
}

export interface Recorder {
  /** What CLOUDFLARE_BASE_URL would be. */
  readonly url: string;
  /** All on zones, which requests make, in the order in which they came in. */
  readonly exchanges: readonly Exchange[];
  /** Those that ask for the id of a token, which the gateway makes beside the calls of a request. */
  readonly verifications: readonly Exchange[];
  /** As if there had been no exchange. */
  forget(): void;
  close(): Promise<void>;
}

/** An HTTP proxy in front of an upstream, which keeps what goes through it, byte for byte. */
export async function startRecorder(upstream: string): Promise<Recorder> {
  const target = new URL(upstream);
  const exchanges: Exchange[] = [];
  const verifications: Exchange[] = [];
  const server = createServer((incoming, outgoing) => {
    const exchange: Exchange = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: namesAndValues(incoming.rawHeaders),
      connection: incoming.socket.remotePort ?? 0,
      body: Buffer.alloc(0),
    };
    (isVerification(exchange) ? verifications : exchanges).push(exchange);
    pass(target, exchange, incoming, outgoing).catch(() => outgoing.socket?.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname}`,
    exchanges,
    verifications,
    forget: () => void [exchanges, verifications].map((each) => each.splice(0)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Whoever hangs up, the other side is hung up on too. */
async function pass(
  target: URL,
  exchange: Exchange,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  exchange.body = await wholeOf(incoming);
  const { method, url } = exchange;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const onward = request(
      {
        hostname: target.hostname,
        port: target.port,
        method,
        path: url,
        agent: false,
        headers: [...withoutConnection(incoming.rawHeaders), 'connection', 'close'],
      },
      resolve,
    );
    onward.on('error', reject);
    outgoing.on('close', () => onward.destroy());
    onward.end(exchange.body);
  });
  const body = await wholeOf(answer);
  const status = answer.statusCode ?? 0;
  exchange.answer = { status, headers: namesAndValues(answer.rawHeaders), body };
  outgoing.writeHead(status, withoutConnection(answer.rawHeaders)).end(body);
}

async function wholeOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? '']] : []));
}

/** What concerns one connection alone is not passed on to the next (RFC 9110 §7.6.1). */
function withoutConnection(raw: readonly string[]): string[] {
  return pairsOf(raw)
    .filter(([name]) => !['connection', 'keep-alive', 'transfer-encoding'].includes(name))
    .flat();
}

function namesAndValues(raw: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of pairsOf(raw)) {
    values[name] = name in values ? `${values[name]}, ${value}` : value;
  }
  return values;
}
