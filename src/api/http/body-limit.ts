import { type onRouteHookHandler } from 'fastify';
import { AddRouteConfig } from '../rest/route-config.js';

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
};
