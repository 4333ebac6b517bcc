import { type ApolloServerPlugin } from '@apollo/server';

/** Removes an empty operation name (GraphQL over HTTP). Apollo would look for an operation of that name. */
export const emptyNamePlugin: ApolloServerPlugin = {
  requestDidStart: ({ request }) => {
    if (request.operationName === '') delete request.operationName;
    return Promise.resolve();
  },
};
