import { type ApolloServerPlugin } from '@apollo/server';

/** GraphQL over HTTP: an operation name that is empty is none. Apollo would look for an operation of that name. */
export const emptyNamePlugin: ApolloServerPlugin = {
  requestDidStart: ({ request }) => {
    if (request.operationName === '') delete request.operationName;
    return Promise.resolve();
  },
};
