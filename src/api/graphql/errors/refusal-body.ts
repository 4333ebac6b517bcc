import Negotiator from 'negotiator';
import { errorKinds, type GatewayError } from '../../../platform/errors/gateway-error.js';

/** The GraphQL response to a request that has not been executed. */
export function refusalBody({ kind, message }: GatewayError, requestId: string): Buffer {
  const extensions = { code: errorKinds[kind].graphql, requestId };
  return Buffer.from(JSON.stringify({ errors: [{ message, extensions }] }));
}

const json = 'application/json';
const graphqlResponse = 'application/graphql-response+json';

/**
 * The type of that response, as Apollo chooses it for others. Of a response that is no 2xx, clients read the errors only in GraphQL's own
 * type (GraphQL over HTTP §6.4): in the other one it may be of a proxy.
 */
export function refusalType(accept: string | undefined): string {
  if (!accept?.includes(graphqlResponse)) return json;
  return new Negotiator({ headers: { accept } }).mediaType([json, graphqlResponse]) ?? json;
}
