import { type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { marks, refused, send } from './answer.js';
import { CONTROLS, registerControls } from './controls.js';
import { ApiError, refusals } from './errors.js';
import { listeningProblem } from './listening.js';
import { arrive, registerOperations } from './operations.js';
import { defaultSettings, problemsIn, type SandboxSettings } from './settings.js';
import { World } from './world.js';

export interface Sandbox {
  /**
   * @throws SettingsError where the port or the host cannot be had
   * @returns the base URL, as a client of Cloudflare's API wants it: `http://127.0.0.1:4010/client/v4`
   */
  listen(): Promise<string>;
  /** At once: whoever still waits for an answer is cut off. */
  close(): Promise<void>;
}

/** A stand-in for Cloudflare's Authenticated Origin Pulls API, with state of its own, that listens when told to. */
export async function createSandbox(given: Partial<SandboxSettings> = {}): Promise<Sandbox> {
  const settings = { ...defaultSettings, ...given };
  const app = build(new World(settings));
  await app.ready();
  return {
    listen: async () => {
      await app.listen({ host: settings.host, port: settings.port }).catch((error: unknown) => {
        throw toSettingsError(error, settings);
      });
      return baseUrl(settings.host, app.server.address());
    },
    close: async () => {
      await app.close();
    },
  };
}

function build(world: World): FastifyInstance {
  const app = fastify({
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    // Longer names are refused by the path checks, with the code for a malformed id.
    routerOptions: { maxParamLength: 16 * 1024 },
    // A URL that cannot be decoded never gets to a hook.
    frameworkErrors: (_error, request, reply) => {
      reply.headers(marks());
      void send(reply, refused(unrouted(world, request, reply, refusals.noRoute(request.url))));
    },
    clientErrorHandler: refuseUnreadable,
  });

  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(marks());
    done();
  });

  // Bodies are parsed by whoever wants one: SDK 4 to 6 send `content-type: application/json` on a DELETE without a
  // body, and a body that is not JSON is refused after the credentials, not before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  app.setErrorHandler((error, _request, reply) => send(reply, refused(toApiError(error))));
  app.setNotFoundHandler((request, reply) =>
    send(reply, refused(unrouted(world, request, reply, refusals.noRoute(request.url)))),
  );

  registerControls(app, world);
  registerOperations(app, world);
  return app;
}

/** @returns the refusal given, or 429 for a caller who is over the limit */
function unrouted(world: World, request: FastifyRequest, reply: FastifyReply, refusal: ApiError): ApiError {
  try {
    if (!request.url.startsWith(CONTROLS)) arrive(world, 'unrouted', request, reply);
    return refusal;
  } catch (error) {
    return toApiError(error);
  }
}

/** Fastify's own refusals keep their status; anything unforeseen is a fault of the sandbox, and said aloud. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    if (error.statusCode < 500) return refusals.badRequest(error.statusCode, error.message);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return refusals.internal();
}

/** What Node's parser cannot read as HTTP (a NUL in the path, endless headers) is answered here, and the line closed. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const reason = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const { headers, payload } = refused(refusals.badRequest(tooLarge ? 431 : 400, 'Bad request'));
  const all = {
    ...headers,
    ...marks(),
    'content-length': String(Buffer.byteLength(payload)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${reason}`, ...lines, '', payload].join('\r\n'));
}

function baseUrl(host: string, address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') throw new Error('The sandbox does not listen');
  // Every interface is not a place to call; loopback is among them.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const inUrl = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${inUrl}:${address.port}/client/v4`;
}

/** Another may have taken the port since it was checked. */
function toSettingsError(error: unknown, settings: SandboxSettings): unknown {
  const problem = listeningProblem(error, settings);
  return problem === null ? error : problemsIn(new Map([problem]));
}
