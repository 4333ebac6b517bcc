import { type IncomingMessage, type RequestListener, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { requestIdFrom } from '../../../gateway/access/request-id.js';
import { type Settings } from '../../../platform/config/settings.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { Entrance } from '../entrance/entrance.js';
import { Connections } from './connections.js';
import { crossOriginResponse } from './cross-origin-response.js';
import { createHttpServer } from './server.js';
import { Answer } from '../../../domain/cloudflare/answer.js';
import { restErrorOf } from '../../rest/error-answers.js';
import { fastifyErrorOf } from './error.filter.js';
import { sendAnswer, sendError } from '../../rest/send.js';

type EdgeSettings = Pick<Settings, 'CORS_ORIGINS' | 'KEEP_ALIVE_SECONDS' | 'TRUSTED_PROXIES'>;

/** Fastify with the limits and times that callers are promised. */
export class GatewayAdapter extends FastifyAdapter {
  readonly connections: Connections;
  readonly entrance: Entrance;

  constructor(settings: EdgeSettings) {
    const connections = new Connections();
    const entrance = new Entrance(settings.TRUSTED_PROXIES);
    super(optionsFor(connections, entrance, settings));
    this.connections = connections;
    this.entrance = entrance;
  }

  /**
   * Nest sets the status of a handler by its method (201 for POST) and serializes what it returns. An `Answer` has a status
   * and bytes of its own, and this is the one place where Nest decides on both.
   */
  override reply(...[reply, body, status]: Parameters<FastifyAdapter['reply']>): FastifyReply {
    if (!(body instanceof Answer)) return super.reply(reply, body, status);
    return sendAnswer(reply as FastifyReply, body);
  }
}

/** Options of Fastify. Its own refusals are answered with an envelope too. */
function optionsFor(
  connections: Connections,
  entrance: Entrance,
  { CORS_ORIGINS: origins, KEEP_ALIVE_SECONDS: keepAliveSeconds }: EdgeSettings,
) {
  return {
    skipMiddie: true,
    bodyLimit: 16 * 1024,
    genReqId: ({ ctx }: IncomingMessage) => ctx.requestId,
    serverFactory: (router: RequestListener) =>
      createHttpServer(
        connections,
        {
          handle: (request, response) => entrance.arrive(request, response, router),
          ended: (request, response, isAnswered) => entrance.left(request, response, isAnswered),
        },
        { keepAliveSeconds, ...(origins && { Response: crossOriginResponse(origins) }) },
      ),
    // Requests on open connections are answered while the process stops; each answer closes its connection.
    return503OnClosing: false,
    // A hostname has at most 253 characters. Longer parameters reach the check that names them in its refusal.
    routerOptions: { maxParamLength: 2048 },
    // Clients are configured with and without a slash at the end. The router takes `*` for the `/` of any path.
    rewriteUrl: ({ url = '' }) => {
      if (url.startsWith('*')) return `/${url}`;
      return url.startsWith(`${graphqlPath}/`) ? url.replace(/^\/graphql\/(?=\?|$)/, graphqlPath) : url;
    },
    frameworkErrors: (error: Error, { id }: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', id);
      const refusal = new GatewayError('request_malformed', 'The request is malformed.');
      sendError(reply, restErrorOf(fastifyErrorOf(error) ?? refusal));
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      const vary = origins && { vary: 'Origin' };
      connections.of(socket)?.endWith(rawAnswerTo(connectionErrorOf(error), vary));
    },
  };
}

function connectionErrorOf(error: NodeJS.ErrnoException): GatewayError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new GatewayError('headers_too_large', 'The request headers are larger than 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new GatewayError('request_too_slow', 'The request did not arrive in time.');
    default:
      return new GatewayError('request_malformed', 'The request is not valid HTTP.');
  }
}

function rawAnswerTo(error: GatewayError, more: Readonly<Record<string, string>> = {}): string {
  const { status, headers, body } = restErrorOf(error);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}`),
    `x-request-id: ${requestIdFrom({})}`,
    'content-type: application/json',
    'cache-control: no-store',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body.toString()}`;
}
