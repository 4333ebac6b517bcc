import { RouteConfig } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { graphqlPath } from '../graphql/graphql-path.js';

interface BodyLimitConfig {
  readonly bodyLimit?: number;
}

/** How many bytes of body a route takes, where that is not the default. */
export const BodyLimit = (bytes: number) => RouteConfig({ bodyLimit: bytes } satisfies BodyLimitConfig);

/** Has to be called before the first route is registered. */
export function applyBodyLimits(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    const { bodyLimit } = (route.config ?? {}) as BodyLimitConfig;
    if (bodyLimit !== undefined) route.bodyLimit = bodyLimit;
    // Registered by Apollo's driver, which takes no route options.
    if (route.url === graphqlPath) route.bodyLimit = 64 * 1024;
  });
}
