import { GatewayError } from '../../platform/errors/gateway-error.js';
import { pathParameters, type PathParameter } from './identifiers.js';
import { type AnyCall } from './operations.js';

/**
 * The URL of a call. Identifiers are refused, never cleaned: `encodeURIComponent('..')` is `..`, and a URL parser
 * would walk out of the zone with it.
 *
 * @throws GatewayError `malformed_identifier`
 */
export function callUrl(base: URL, { operation, params, query }: AnyCall): URL {
  const path = operation.path.replace(/:(\w+)/g, (_, name: PathParameter) => {
    const value = params[name];
    const problem = identifierProblem(name, value);
    if (value === undefined || problem) throw malformedIdentifier(problem ?? `${name} is missing.`);
    return value;
  });
  const url = new URL(base.href + path);
  // The patterns leave nothing to encode, so the parser must not have changed the path.
  if (url.origin !== base.origin || url.pathname !== base.pathname + path) {
    throw malformedIdentifier('The path does not lead where it was meant to.');
  }
  for (const name of operation.query ?? []) {
    for (const value of [query?.[name]].flat()) {
      if (typeof value === 'string') url.searchParams.append(name, value);
    }
  }
  return url;
}

/** The problem of an invalid identifier; undefined if it is valid. */
export function identifierProblem(name: PathParameter, value: unknown): string | undefined {
  return pathParameters[name].safeParse(value).error?.issues[0]?.message;
}

/** The message does not repeat the value: a path may hold a secret by mistake. */
export function malformedIdentifier(problem: string): GatewayError {
  return new GatewayError(
    'malformed_identifier',
    `Could not route to that path, perhaps your object identifier is invalid? ${problem}`,
  );
}
