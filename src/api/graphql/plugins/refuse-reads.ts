import { type GraphQLRequestContextDidResolveOperation, HeaderMap } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { errorKinds } from '../../../platform/errors/gateway-error.js';
import { type Load } from '../../../platform/load/load.js';

/** Refuses a query under too much load. A mutation was refused when it arrived, or goes on. */
export function refuseReads(
  load: Load,
  { operation }: GraphQLRequestContextDidResolveOperation<object>,
): void {
  if (!load.isHigh || operation?.operation !== OperationTypeNode.QUERY) return;
  const refusal = load.refusal('read');
  if (!refusal) return;
  const { status, graphql: code } = errorKinds[refusal.kind];
  const headers = new HeaderMap(Object.entries(refusal.details.headers ?? {}));
  throw new GraphQLError(refusal.message, { extensions: { code, http: { status, headers } } });
}
