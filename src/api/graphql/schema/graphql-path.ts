/** The path of GraphQL, and of the playground for browsers. */
export const graphqlPath = '/graphql';

/** Bytes. */
export const graphqlBodyLimit = 64 * 1024;
