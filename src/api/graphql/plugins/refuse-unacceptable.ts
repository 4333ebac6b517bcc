import { type GraphQLRequestContextDidResolveOperation } from '@apollo/server';
import { GraphQLError } from 'graphql';
import Negotiator from 'negotiator';

const spoken = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];

/**
 * Refuses an operation if its client accepts neither type of answer. Apollo refuses it too, with this status and its own message,
 * but after a change has been made.
 */
export function refuseUnacceptable({
  request: { http },
}: GraphQLRequestContextDidResolveOperation<object>): void {
  const accept = http?.headers.get('accept');
  if (!accept || new Negotiator({ headers: { accept } }).mediaType(spoken)) return;
  throw new GraphQLError(`The answer is ${spoken.join(' or ')}.`, {
    extensions: { code: 'BAD_REQUEST', http: { status: 406 } },
  });
}
