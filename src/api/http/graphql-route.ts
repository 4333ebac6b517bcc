import { type onRouteHookHandler } from 'fastify';
import { graphqlBodyLimit, graphqlPath } from '../graphql/schema/graphql-path.js';

/** Apollo's driver registers the route of GraphQL, and takes no route options. It would answer OPTIONS as a GET without a query. */
export const completeGraphQLRoute: onRouteHookHandler = (route) => {
  if (route.url !== graphqlPath) return;
  route.bodyLimit = graphqlBodyLimit;
  route.method = [route.method].flat().filter((method) => method !== 'OPTIONS');
};
