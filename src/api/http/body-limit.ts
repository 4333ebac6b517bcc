import { type onRouteHookHandler } from 'fastify';
import { AddRouteConfig } from '../rest/route-config.js';
import { graphqlBodyLimit, graphqlPath } from '../graphql/schema/graphql-path.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly bodyLimit?: number;
  }
}

/** Sets the body limit of a route, in bytes, in place of the default. */
export const BodyLimit = (bytes: number) => AddRouteConfig({ bodyLimit: bytes });

export const applyBodyLimits: onRouteHookHandler = (route) => {
  const bodyLimit = route.config?.bodyLimit;
  if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
  // Apollo's driver registers this route, and takes no route options.
  if (route.url === graphqlPath) route.bodyLimit = graphqlBodyLimit;
};
