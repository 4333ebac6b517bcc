import { type Fetcher } from '@graphiql/toolkit';

type Headers = Readonly<Record<string, string>>;

/**
 * Sends a query to the address of the page, with the headers of the tab. GraphQL errors are part of the answer.
 *
 * @param initialHeaders headers of the introspection query, which GraphiQL sends before its headers editor exists
 */
export function createFetcher(initialHeaders: Headers): Fetcher {
  return async (parameters, options) => {
    const isForDocs = parameters.operationName === 'IntrospectionQuery';
    const headers = (options?.headers as Headers | undefined) ?? (isForDocs ? initialHeaders : {});
    const response = await fetch(location.pathname, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(parameters),
      cache: 'no-store',
    });
    return jsonOf(response);
  };
}

async function jsonOf(response: Response): Promise<object> {
  const text = await response.text();
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new Error(`The answer, ${response.status} ${response.statusText}, is not JSON.`);
  }
}
