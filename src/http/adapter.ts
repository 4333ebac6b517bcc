import { type RequestListener, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { requestIdFrom } from '../context/request-id.js';
import { GatewayError } from '../errors/gateway-error.js';
import { graphqlPath } from '../graphql/graphql-path.js';
import { type Connections } from './connections.js';
import { createHttpServer } from './server.js';
import { Answer } from '../upstream/answer.js';
import { restErrorOf } from '../rest/error-answers.js';
import { fastifyErrorOf } from './error.filter.js';
import { sendAnswer, sendError } from '../rest/send.js';

/** What a controller returns is sent as it is: an `Answer` as the bytes it holds. */
class GatewayAdapter extends FastifyAdapter {
  override reply(...[reply, body, status]: Parameters<FastifyAdapter['reply']>): FastifyReply {
    if (!(body instanceof Answer)) return super.reply(reply, body, status);
    return sendAnswer(reply as FastifyReply, body);
  }
}

/** Fastify with the limits and times that callers are promised; what it refuses by itself is an envelope too. */
export function createAdapter(connections: Connections): FastifyAdapter {
  return new GatewayAdapter({
    skipMiddie: true,
    bodyLimit: 16 * 1024,
    serverFactory: (handle: RequestListener) => createHttpServer(connections, handle),
    // What still comes on an open connection while the process stops is answered, and the connection closed.
    return503OnClosing: false,
    // A hostname is at most 253 characters; a longer parameter is still answered by its own check.
    routerOptions: { maxParamLength: 2048 },
    // People write GraphQL's path with a slash at the end. The router takes `*` for the `/` of any path.
    rewriteUrl: ({ url = '' }) => url.replace(/^\/graphql\/(?=\?|$)/, graphqlPath).replace(/^\*/, '/*'),
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      void reply.header('x-request-id', requestIdFrom(request.headers));
      sendError(
        reply,
        restErrorOf(
          fastifyErrorOf(error) ?? new GatewayError('request_malformed', 'The request is malformed.'),
        ),
      );
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      connections.of(socket)?.endWith(rawAnswerTo(connectionErrorOf(error)));
    },
  });
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

function rawAnswerTo(error: GatewayError): string {
  const { status, headers, body } = restErrorOf(error);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `x-request-id: ${requestIdFrom({})}`,
    'content-type: application/json',
    'cache-control: no-store',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body.toString()}`;
}
