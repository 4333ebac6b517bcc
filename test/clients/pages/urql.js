import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { introspection, keyless } from './schema.js';

/** A page that shows the data and the error of one query, and follows the cache. Resolves when it shows something. */
export async function openPage({ url, headers, fetch, warn, query, variables }) {
  const client = new Client({
    url,
    fetch,
    fetchOptions: { headers },
    exchanges: [
      cacheExchange({
        schema: introspection,
        keys: Object.fromEntries(keyless.map((type) => [type, () => null])),
        resolvers: { Zone: { hostnames: relayPagination() } },
        logger: (_, message) => warn(message),
      }),
      fetchExchange,
    ],
  });
  const document = gql(query);
  let shown;
  let subscription;
  const follow = (given) =>
    new Promise((resolve) => {
      subscription?.unsubscribe();
      subscription = client.query(document, given).subscribe(({ data, error, stale }) => {
        if (stale) return;
        shown = { data, error };
        resolve();
      });
    });
  await follow(variables);
  return {
    shown: () => shown,
    /** What the cache alone has for the page. */
    cached: () => client.readQuery(document, variables)?.data,
    mutate: async (mutation, input) => {
      const { data, error } = await client.mutation(gql(mutation), { input }).toPromise();
      if (error) throw error;
      return data;
    },
    /** Adds the next page to the list of hostnames. */
    more: () => follow({ ...variables, after: shown.data.zone.hostnames.pageInfo.endCursor }),
    close: () => subscription.unsubscribe(),
  };
}
