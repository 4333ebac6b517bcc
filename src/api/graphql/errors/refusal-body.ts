import { errorKinds, type GatewayError } from '../../../platform/errors/gateway-error.js';

/** The GraphQL response to a request that has not been executed. */
export function refusalBody({ kind, message }: GatewayError, requestId: string): Buffer {
  const extensions = { code: errorKinds[kind].graphql, requestId };
  return Buffer.from(JSON.stringify({ errors: [{ message, extensions }] }));
}
