import { createServer as createHttpServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { isVerification, refusedVerification, refuseVerification, requestIn } from './verification.js';

export interface Upstream extends AsyncDisposable {
  /** What CLOUDFLARE_BASE_URL would be. */
  readonly url: string;
}

export interface RawUpstream extends Upstream {
  /** From now on it answers these, one after the other. */
  answer(...answers: [string, ...string[]]): void;
}

/**
 * A real HTTP server in Cloudflare's place, for answers that the sandbox does not give.
 *
 * @param verify answers for the ids of tokens, which the gateway asks for beside the calls of a request. They are owned by an
 * account, unless the test says otherwise: nothing may depend on that answer
 */
export function startUpstream(
  listener: RequestListener,
  verify: RequestListener = refuseVerification,
): Promise<Upstream> {
  return listening(
    createHttpServer((incoming, outgoing) =>
      (isVerification(incoming) ? verify : listener)(incoming, outgoing),
    ),
  );
}

const settings = '{"success":true,"errors":[],"messages":[],"result":{"enabled":true}}';

/** The answer to a read of the settings with which Cloudflare accepts a credential, as a raw upstream gives it. */
export const acceptance = [
  'HTTP/1.1 200 OK',
  'content-type: application/json',
  `content-length: ${settings.length}`,
  'connection: close',
  '',
  settings,
].join('\r\n');

/** The same, from a listener. */
export function accept(outgoing: ServerResponse): void {
  outgoing.setHeader('content-type', 'application/json').end(settings);
}

/**
 * Answers every connection that says something with bytes, whatever they are, and closes it.
 *
 * @param answers one after the other, then the last for ever
 */
export async function startRawUpstream(...answers: [string, ...string[]]): Promise<RawUpstream> {
  let left = answers;
  const upstream = await listening(
    createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (chunk: Buffer) => {
        if (isVerification(requestIn(chunk))) return socket.end(refusedVerification);
        const [bytes, next, ...others] = left;
        if (next !== undefined) left = [next, ...others];
        return socket.end(bytes);
      });
    }),
  );
  return { ...upstream, answer: (...others) => void (left = others) };
}

/** A base URL where nobody listens. */
export async function aClosedUpstream(): Promise<string> {
  const { url, [Symbol.asyncDispose]: close } = await startRawUpstream('');
  await close();
  return url;
}

async function listening(server: Server): Promise<Upstream> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/client/v4`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
