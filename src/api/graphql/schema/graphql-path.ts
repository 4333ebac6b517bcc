/** The path of GraphQL, and of the playground for browsers. */
export const graphqlPath = '/graphql';
