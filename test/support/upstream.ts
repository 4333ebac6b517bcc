import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';

export interface Upstream extends AsyncDisposable {
  /** What CLOUDFLARE_BASE_URL would be. */
  readonly url: string;
}

/** A real HTTP server in Cloudflare's place, for answers that the sandbox does not give. */
export function startUpstream(listener: RequestListener): Promise<Upstream> {
  return listening(createHttpServer(listener));
}

/** Answers every connection that says something with these bytes, whatever they are, and closes it. */
export function startRawUpstream(bytes: string): Promise<Upstream> {
  return listening(
    createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end(bytes));
    }),
  );
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
