import { AddRouteConfig } from '../rest/route-config.js';
import { graphqlPath } from '../graphql/schema/graphql-path.js';
import { type Hook } from './server/hook.js';

interface BodyLimitConfig {
  readonly bodyLimit?: number;
}

/** Sets the body limit of a route, in bytes, in place of the default. */
export const BodyLimit = (bytes: number) => AddRouteConfig({ bodyLimit: bytes } satisfies BodyLimitConfig);

export const applyBodyLimits: Hook = (fastify) => {
  fastify.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as BodyLimitConfig;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
    // Apollo's driver registers this route, and takes no route options.
    if (route.url === graphqlPath) route.bodyLimit = 64 * 1024;
  });
};
