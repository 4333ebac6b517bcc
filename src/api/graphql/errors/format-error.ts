import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { errorKinds, GatewayError } from '../../../platform/errors/gateway-error.js';
import { codeOfRefusal } from '../results/error-codes.js';
import { masked, withoutValues } from './mask.js';
import { upstreamOf } from '../results/results.js';

/** Codes of errors whose message may quote what was sent. */
const quoting = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_REQUEST'];

/**
 * Shows every error with a code, without a stack, and without a piece of what was sent.
 *
 * @param names those of the schema, which messages may name
 */
export function errorFormatter(names: ReadonlySet<string>) {
  // A thousand fields may fail for one reason.
  let last = { message: '', shown: '' };
  const maskedOnce = (message: string, operationId: unknown) => {
    if (last.message === message) return last.shown;
    const open = typeof operationId === 'string' ? new Set([...names, operationId]) : names;
    last = { message, shown: masked(message, open) };
    return last.shown;
  };
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(thrown);
    // Its messages are the gateway's own, and hold nothing that was sent.
    if (original instanceof GatewayError) {
      const { status } = original.details;
      const code = status === undefined ? errorKinds[original.kind].graphql : codeOfRefusal(status);
      const extensions = { code, ...upstreamOf(original.details) };
      return { ...formatted, message: original.message, extensions };
    }
    const known = ofGraphqlJs.find(({ starts }) => formatted.message.startsWith(starts));
    if (known) return { message: known.message, extensions: { code: known.code } };
    const { code: given, ...extensions } = formatted.extensions ?? {};
    if (typeof given !== 'string' || given === 'INTERNAL_SERVER_ERROR') {
      return { ...formatted, message: 'The gateway failed.', extensions: { code: 'INTERNAL' } };
    }
    const code = isTooMuch(original) ? 'LIMIT_EXCEEDED' : given;
    const message = quoting.includes(given) ? withoutValues(formatted.message) : formatted.message;
    return {
      ...formatted,
      message: maskedOnce(message, extensions['operationId']),
      extensions: { code, ...extensions },
    };
  };
}

/** Where graphql-js gives up: without a code that says so, or in words of no use to the caller. */
const ofGraphqlJs = [
  {
    starts: 'Maximum call stack size',
    code: 'LIMIT_EXCEEDED',
    message: 'The document is nested too deeply. Ask for less at once.',
  },
  {
    starts: 'Validation aborted.',
    code: 'LIMIT_EXCEEDED',
    message: 'The document takes too long to check. Ask for less at once.',
  },
  {
    starts: 'Too many errors processing variables',
    code: 'BAD_USER_INPUT',
    message: 'There are more mistakes in the variables than are told here.',
  },
];

/** Apollo gives every refusal of a document one code; that it asks for too much deserves its own. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return false;
  const rule = error.originalError instanceof GraphQLError ? error.originalError.extensions : {};
  return rule['code'] === 'LIMIT_EXCEEDED' || / more tha[nt] \d+ tokens/.test(error.message);
}
