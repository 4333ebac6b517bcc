import { type IncomingMessage, type ServerResponse } from 'node:http';
import { errorKinds, type GatewayError } from '../../../platform/errors/gateway-error.js';
import { sendEarly } from '../../early/send-early.js';
import { refusalBody } from '../errors/refusal-body.js';
import { graphqlPath } from '../schema/graphql-path.js';

/** Answers an operation that is not executed, without the router. */
export function sendGraphQLRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  error: GatewayError,
): void {
  request.route = graphqlPath;
  const { status } = errorKinds[error.kind];
  const body = refusalBody(error, request.ctx.requestId);
  const headers = { ...error.details.headers, 'cache-control': 'no-store' };
  sendEarly(request, response, { status, contentType: 'application/json', headers, etag: null, body });
}
