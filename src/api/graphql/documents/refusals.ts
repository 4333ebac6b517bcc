import { GraphQLError } from 'graphql';

/** Names in these messages, which are not masked. */
export const namesInRefusals = ['PersistedQueryNotFound', 'GRAPHQL_DOCUMENTS'];

/** The codes are those of Apollo, and `PERSISTED_QUERY_ONLY` that of GraphQL Yoga and Hive Gateway. */
const refusal = (code: string, message: string) =>
  new GraphQLError(message, { extensions: { code, http: { status: 400 } } });

export const notSupported = () =>
  refusal(
    'PERSISTED_QUERY_NOT_SUPPORTED',
    'This gateway has no persisted documents. Send the whole document as `query`.',
  );

export const notFound = () =>
  refusal('PERSISTED_QUERY_NOT_FOUND', 'This gateway has no document with this `documentId`.');

/**
 * Apollo Client and urql know this message, and send the whole document after it. The status is that of Apollo Server. The request id is
 * added here, since it is added later to answers of 400 and more alone.
 */
export const notFoundForApollo = (requestId: string) =>
  new GraphQLError('PersistedQueryNotFound', {
    extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', requestId, http: { status: 200 } },
  });

export const notListed = () =>
  refusal(
    'PERSISTED_QUERY_ONLY',
    'This gateway executes only the documents of its list (`GRAPHQL_DOCUMENTS` is `only`), and this is none of them. ' +
      'Send the `documentId` of one, or exactly its text.',
  );

export const malformedDocumentId = () =>
  refusal(
    'BAD_REQUEST',
    'The `documentId` is malformed. It is a text: `sha256:` and 64 lower-case hexadecimal digits, or the id that the list has.',
  );

export const malformedExtension = () =>
  refusal(
    'BAD_REQUEST',
    'The extension `persistedQuery` is malformed. It has `version`, the number 1, and `sha256Hash`, a text.',
  );

export const notItsHash = () =>
  refusal(
    'BAD_REQUEST',
    'The `sha256Hash` is not that of the `query`. It is the SHA-256 of the text in UTF-8.',
  );

/** GraphQL over HTTP has one of them in a request. To execute either would leave the client in doubt which it was. */
export const ambiguous = () =>
  refusal(
    'BAD_REQUEST',
    'The request names its document twice. Send `documentId` without `query` and without `persistedQuery`.',
  );
