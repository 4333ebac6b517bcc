import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type GatewayError } from '../../platform/errors/gateway-error.js';
import { sendEarly } from '../early/send-early.js';
import { restErrorOf } from './error-answers.js';
import { contentType } from './send.js';

/** Answers with an error, without the router. */
export function sendEarlyError(
  request: IncomingMessage,
  response: ServerResponse,
  error: GatewayError,
): void {
  const { status, headers: given, body } = restErrorOf(error);
  const headers = { ...given, 'cache-control': 'no-store' };
  sendEarly(request, response, { status, contentType, headers, etag: null, body });
}
