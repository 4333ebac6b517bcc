import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { errorKinds, GatewayError } from '../../../platform/errors/gateway-error.js';
import { masked, withoutValues } from './mask.js';
import { codeOfRefusal, upstreamOf } from '../results/results.js';

/** Codes of errors whose message may quote what was sent. */
const quoting = ['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED', 'BAD_REQUEST'];

/** Shows an error with a code, and without stack and sent values. Messages may contain `names`, those of the schema. */
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
    const known = ofGraphqlJs.find(([start]) => formatted.message.startsWith(start));
    if (known) return { message: known[2], extensions: { code: known[1] } };
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

/** Where graphql-js gives up: how its message starts, and the code and the message in its place. */
const ofGraphqlJs = [
  ['Maximum call stack size', 'LIMIT_EXCEEDED', 'The document is nested too deeply. Ask for less at once.'],
  ['Validation aborted.', 'LIMIT_EXCEEDED', 'The document takes too long to check. Ask for less at once.'],
  [
    'Too many errors processing variables',
    'BAD_USER_INPUT',
    'There are more mistakes in the variables than are told here.',
  ],
] as const;

/** Apollo gives every refusal of a document one code; that it asks for too much deserves its own. */
function isTooMuch(error: unknown): boolean {
  if (!(error instanceof GraphQLError)) return false;
  const rule = error.originalError instanceof GraphQLError ? error.originalError.extensions : {};
  return rule['code'] === 'LIMIT_EXCEEDED' || / more tha[nt] \d+ tokens/.test(error.message);
}
