import { unwrapResolverError } from '@apollo/server/errors';
import { type GraphQLFormattedError } from 'graphql';
import { GatewayError } from '../errors/gateway-error.js';
import { codes } from './error-codes.js';
import { masked, withoutValues } from './mask.js';

/** Codes of errors whose message may quote what was sent. */
const quoting = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_REQUEST'];

/** Every error as it is shown: with a code, without a stack, and without a piece of what was sent. */
export function formatError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const original = unwrapResolverError(thrown);
  if (original instanceof GatewayError) {
    return { ...formatted, message: masked(original.message), extensions: { code: codes[original.kind] } };
  }
  const { code, stacktrace: _, ...extensions } = formatted.extensions ?? {};
  if (code === undefined || code === 'INTERNAL_SERVER_ERROR') {
    return { ...formatted, message: 'The gateway failed.', extensions: { code: 'INTERNAL' } };
  }
  const message = quoting.includes(String(code)) ? withoutValues(formatted.message) : formatted.message;
  return { ...formatted, message: masked(message), extensions: { code, ...extensions } };
}
