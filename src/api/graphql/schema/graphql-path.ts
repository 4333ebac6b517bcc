/** Where GraphQL is asked, and where a browser finds the playground. */
export const graphqlPath = '/graphql';
