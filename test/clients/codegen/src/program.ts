import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { useFragment as factsOf } from './gql';
import { DeleteHostnameCertificateDocument, FactsFragmentDoc, ZoneDocument } from './gql/graphql';

const [uri = '', authorization = '', zoneId = '', certificateId = ''] = process.argv.slice(2);
const client = new ApolloClient({
  link: new HttpLink({ uri, headers: { authorization } }),
  cache: new InMemoryCache({ possibleTypes: { Certificate: ['ZoneCertificate', 'HostnameCertificate'] } }),
});

async function main() {
  const { data } = await client.query({ query: ZoneDocument, variables: { id: zoneId } });
  const enabled: boolean | undefined = data?.zone?.settings?.enabled;
  // @ts-expect-error The schema has no such field.
  void data?.zone?.settings?.disabled;
  const certificates = factsOf(FactsFragmentDoc, [
    ...(data?.zone?.certificates ?? []),
    ...(data?.zone?.hostnameCertificates ?? []),
  ]);
  const expiry: (string | null | undefined)[] = certificates.map(({ expiresOn }) => expiresOn);
  const answer = await client.mutate({
    mutation: DeleteHostnameCertificateDocument,
    variables: { input: { zoneId, certificateId } },
  });
  const inTheWay = answer.data?.deleteHostnameCertificate.userErrors.flatMap((error) =>
    error.__typename === 'CertificateInUse' ? (error.hostnames ?? []).map(({ name }) => name) : [],
  );
  console.log(JSON.stringify({ enabled, expiry, inTheWay }));
}

declare const process: { readonly argv: readonly string[] };

void main();
