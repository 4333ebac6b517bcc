import { createHash } from 'node:crypto';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { print } from 'graphql';

/** Apollo Client with the link of its documentation: the hash first, and the whole document where the gateway does not know it. */
export async function askWithApollo({ url, headers, fetch, query, variables }) {
  const generateHash = (document) => createHash('sha256').update(print(document)).digest('hex');
  const client = new ApolloClient({
    link: new PersistedQueryLink({ generateHash }).concat(new HttpLink({ uri: url, headers, fetch })),
    cache: new InMemoryCache(),
  });
  const { data } = await client.query({ query: gql(query), variables });
  return data;
}
