import { type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { marks, refused, send } from './answer.js';
import { CONTROLS, registerControls } from './controls.js';
import { ApiError, refusals } from './errors.js';
import { listeningProblem } from './listening.js';
import { arrive, registerOperations } from './operations.js';
import { defaultSettings, problemsIn, type SandboxSettings } from './settings.js';
import { registerTokenVerification } from './token-verification.js';
import { World } from './world.js';

export interface Sandbox {
  /**
   * @throws SettingsError if it cannot listen on the host and port
   * @returns the base URL, as a client of Cloudflare's API wants it: `http://127.0.0.1:4010/client/v4`
   */
  listen(): Promise<string>;
  /** Closes at once; connections that wait for an answer are cut. */
  close(): Promise<void>;
}

/** A stand-in for Cloudflare's Authenticated Origin Pulls API, with state of its own. `listen` starts it. */
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
    // A URL that cannot be decoded reaches no hook.
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

  // Operations parse their bodies themselves: SDK 4 to 6 send `content-type: application/json` on a DELETE without a
  // body, and a body that is not JSON is refused after the credentials, not before.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  app.setErrorHandler((error, _request, reply) => send(reply, refused(toApiError(error))));
  app.setNotFoundHandler((request, reply) =>
    send(reply, refused(unrouted(world, request, reply, refusals.noRoute(request.url)))),
  );

  registerControls(app, world);
  registerOperations(app, world);
  registerTokenVerification(app, world);
  return app;
}

/** @returns `refusal`, or 429 if the caller is over the limit */
function unrouted(world: World, request: FastifyRequest, reply: FastifyReply, refusal: ApiError): ApiError {
  try {
    if (!request.url.startsWith(CONTROLS)) arrive(world, 'unrouted', request, reply);
    return refusal;
  } catch (error) {
    return toApiError(error);
  }
}

/** Fastify's own refusals keep their status. An unexpected error is a defect of the sandbox and is printed. */
function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    if (error.statusCode < 500) return refusals.badRequest(error.statusCode, error.message);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return refusals.internal();
}

/** Answers what Node's parser cannot read as HTTP (a NUL in the path, endless headers), and closes the connection. */
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
  // A client cannot call the wildcard address. Loopback is one of its interfaces.
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const inUrl = reachable.includes(':') ? `[${reachable}]` : reachable;
  return `http://${inUrl}:${address.port}/client/v4`;
}

/** Another process may have taken the port since it was checked. */
function toSettingsError(error: unknown, settings: SandboxSettings): unknown {
  const problem = listeningProblem(error, settings);
  return problem === null ? error : problemsIn(new Map([problem]));
}
