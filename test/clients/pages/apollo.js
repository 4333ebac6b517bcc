import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { possibleTypes } from './schema.js';

/** A page that shows the data and the error of one query, and follows the cache. Resolves when it shows something. */
export async function openPage({ url, headers, fetch, query, variables, options = {} }) {
  const { errorPolicy = 'all', types = possibleTypes } = options;
  const client = new ApolloClient({
    link: new HttpLink({ uri: url, headers, fetch }),
    cache: new InMemoryCache({
      possibleTypes: types,
      typePolicies: {
        Zone: { fields: { hostnames: relayStylePagination(['status']) } },
        // Without an id it would be replaced as a whole by whatever another document asks of it.
        CertificateUse: { merge: true },
      },
    }),
  });
  const document = gql(query);
  const watched = client.watchQuery({ query: document, variables, errorPolicy });
  let shown;
  const settled = new Promise((resolve) => {
    watched.subscribe(({ data, error, loading }) => {
      if (loading) return;
      shown = { data, error };
      resolve();
    });
  });
  await settled;
  return {
    shown: () => shown,
    /** What the cache alone has for the page. */
    cached: () => client.readQuery({ query: document, variables }),
    mutate: async (mutation, input) => {
      const { data } = await client.mutate({ mutation: gql(mutation), variables: { input } });
      return data;
    },
    /** Adds the next page to the list of hostnames. */
    more: async () => {
      const after = shown.data.zone.hostnames.pageInfo.endCursor;
      await watched.fetchMore({ variables: { after } });
    },
    close: () => client.stop(),
  };
}
