import { type Fetcher } from '@graphiql/toolkit';
import { type ChosenFiles } from './chosen-files.js';
import { type KnownValues } from './known-values.js';

type Headers = Readonly<Record<string, string>>;

/** Stands in the headers tab until a credential is typed. */
export const placeholder = 'Bearer your-token';

interface FetcherOptions {
  /** Headers of the introspection query, which GraphiQL sends before its headers editor exists. */
  readonly initialHeaders: Headers;
  readonly files: ChosenFiles;
  readonly known: KnownValues;
}

/**
 * Sends an operation to the address of the page, with the headers of the tab and the text of the files that its variables name.
 * GraphQL errors are part of the answer.
 */
export function createFetcher({ initialHeaders, files, known }: FetcherOptions): Fetcher {
  return async (parameters, options) => {
    const isForDocs = parameters.operationName === 'IntrospectionQuery';
    const headers = (options?.headers as Headers | undefined) ?? (isForDocs ? initialHeaders : {});
    let variables: unknown;
    try {
      variables = await files.readInto(parameters.variables);
    } catch (error) {
      return { errors: [{ message: (error as Error).message }] };
    }
    const response = await fetch(location.pathname, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...sentOf(headers) },
      body: JSON.stringify({ ...parameters, variables }),
    });
    const answer = await jsonOf(response);
    known.learn(parameters, answer);
    return answer;
  };
}

/** The placeholder is not sent: a proxy in front, such as Cloudflare Access, may add the identity, and two are refused. */
function sentOf({ Authorization: authorization, ...others }: Headers): Headers {
  const isGiven = authorization !== undefined && authorization !== placeholder;
  return isGiven ? { Authorization: authorization, ...others } : others;
}

async function jsonOf(response: Response): Promise<object> {
  const text = await response.text();
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new Error(`The answer, ${response.status} ${response.statusText}, is not JSON.`);
  }
}
