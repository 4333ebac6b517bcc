import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type GatewayError } from '../../../platform/errors/gateway-error.js';
import { sendGraphQLRefusal } from '../../graphql/early/send-graphql-refusal.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { sendEarlyError } from '../../rest/send-early-error.js';

/** Refuses a request without the router, which costs more than a hit. */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, error: GatewayError): void {
  const { url = '' } = request;
  const send = url === graphqlPath || url.startsWith(`${graphqlPath}?`) ? sendGraphQLRefusal : sendEarlyError;
  send(request, response, error);
}
