import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { type Socket } from 'node:net';
import { type Exchanges } from './connection.js';
import { type Connections } from './connections.js';

/** How long a whole request may take to arrive. */
export const requestTimeoutMs = 10_000;

const options: ServerOptions = {
  requestTimeout: requestTimeoutMs,
  headersTimeout: 5000,
  connectionsCheckingInterval: 500,
  // Checked in `hooks/request-framing.ts`, so that the refusal is an envelope.
  requireHostHeader: false,
  // Node drops the second of two `Authorization`, `Host` or `Content-Type` headers; an intermediary may drop the first.
  // Joined, they are not a valid value, and are refused.
  joinDuplicateHeaders: true,
};

/** Clients are told a shorter time (`Keep-Alive: timeout`), so that they do not send a request when the connection is being closed. */
const keepAliveTimeoutBuffer = 1000;

interface ServerSettings {
  /** How long an idle connection is kept: at least two seconds. */
  readonly keepAliveSeconds: number;
  /** The class of its answers. */
  readonly Response?: typeof ServerResponse;
}

/** An HTTP server that answers the requests of a connection one at a time, and closes callers that do not read. */
export function createHttpServer(
  connections: Connections,
  exchanges: Exchanges,
  { keepAliveSeconds, Response }: ServerSettings,
): Server {
  const server = createServer({
    ...options,
    keepAliveTimeout: keepAliveSeconds * 1000 - keepAliveTimeoutBuffer,
    keepAliveTimeoutBuffer,
    ...(Response && { ServerResponse: Response }),
  });
  server.on('connection', (socket: Socket) => connections.add(socket, exchanges));
  const take: RequestListener = (request, response) =>
    connections.of(request.socket)?.take(request, response);
  server.on('request', take);
  // Refused in `hooks/request-framing.ts`.
  server.on('checkExpectation', take);
  // `100 Continue` is sent when the body is read: a request that is refused by its headers need not send it.
  server.on('checkContinue', (request, response) => {
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue();
    });
    take(request, response);
  });
  return server;
}
