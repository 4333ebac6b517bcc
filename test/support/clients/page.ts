import { type Stage } from '../gateway/stage.js';
import { clientModule } from './installed.js';

interface Shown<Data> {
  readonly data: Data | null | undefined;
  readonly error?: Error | undefined;
}

export interface Page<Data = Record<string, unknown>> {
  /** What it shows now. */
  shown(): Shown<Data>;
  /** What the cache alone has for it. */
  cached(): Data | null | undefined;
  mutate(mutation: string, input: object): Promise<Readonly<Record<string, Payload>>>;
  /** Adds the next page to the list of hostnames. */
  more(): Promise<void>;
  close(): void;
  /** How many requests it has sent. */
  readonly requests: () => number;
  /** What its cache has to say. */
  readonly warnings: readonly string[];
}

interface Payload {
  readonly userErrors: readonly Readonly<Record<string, unknown>>[];
}

export interface PageOptions {
  /** Of Apollo Client. */
  readonly errorPolicy?: 'none' | 'all';
  /** The possible types of Apollo Client, where they are not those of the schema. */
  readonly types?: Readonly<Record<string, readonly string[]>>;
}

type OpenPage = (options: object) => Promise<Omit<Page, 'requests' | 'warnings'>>;

/** A page of a frontend that shows what one query answers, through a client with a cache of its own. */
export async function openPage<Data>(
  client: 'apollo' | 'urql',
  { gateway, bearer }: { readonly gateway: Stage['gateway']; readonly bearer: object },
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  options: PageOptions = {},
): Promise<Page<Data>> {
  const { openPage: open } = clientModule<{ openPage: OpenPage }>(`pages/${client}.js`);
  let requests = 0;
  const warnings: string[] = [];
  const page = await open({
    url: `${gateway.url}/graphql`,
    headers: bearer,
    fetch: (...args: Parameters<typeof fetch>) => {
      requests += 1;
      return fetch(...args);
    },
    warn: (message: string) => warnings.push(message),
    query,
    variables,
    options,
  });
  return { ...(page as Page<Data>), requests: () => requests, warnings };
}
