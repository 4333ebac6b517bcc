import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants.js';

/** Adds to the Fastify config of a route, which its hooks read. Nest's own decorator replaces what another one has set. */
export const AddRouteConfig =
  (config: object): MethodDecorator =>
  (target, key, descriptor) => {
    const handler = descriptor.value as object;
    const before = (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) ?? {}) as object;
    return RouteConfig({ ...before, ...config })(target, key, descriptor);
  };
