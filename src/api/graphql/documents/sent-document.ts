/** The parts of a request that have the operation. */
export interface Sent {
  readonly method: string;
  /** Of the URL, with its question mark; or empty. */
  readonly search: string;
  /** Parsed. */
  readonly body: unknown;
}

/** The parameters that may name a document, as they were sent. */
export interface SentDocument {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly persistedQuery?: unknown;
}

/** Empty for what is no request of GraphQL. Apollo refuses that. */
export function sentDocument({ method, search, body }: Sent): SentDocument {
  if (method === 'GET') return inSearch(new URLSearchParams(search));
  if (method !== 'POST' || !isObject(body)) return {};
  const { query, documentId, extensions } = body;
  return { query, documentId, persistedQuery: persistedQueryIn(extensions) };
}

function inSearch(parameters: URLSearchParams): SentDocument {
  const [query, documentId, extensions] = ['query', 'documentId', 'extensions'].map((name) => {
    const values = parameters.getAll(name);
    // Several are a list, which no parameter may be.
    return values.length > 1 ? values : values[0];
  });
  return { query, documentId, persistedQuery: persistedQueryIn(parsed(extensions)) };
}

function persistedQueryIn(extensions: unknown): unknown {
  return isObject(extensions) ? extensions['persistedQuery'] : undefined;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Apollo refuses it.
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
