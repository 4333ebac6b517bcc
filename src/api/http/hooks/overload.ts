import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Connections } from '../server/connections.js';
import { isHealthRoute } from '../health/health.controller.js';
import { type Hook } from '../server/hook.js';

/** Refuses requests while too many bytes of answers wait for their callers. Health checks are always answered. */
export const refuseOverload =
  (connections: Connections): Hook =>
  (fastify) => {
    fastify.addHook('onRequest', ({ routeOptions }, _reply, done) => {
      if (!connections.areFull || isHealthRoute(routeOptions.url)) return done();
      done(
        new GatewayError('overloaded', 'Too many answers wait to be read. Try again in a second.', {
          headers: { 'retry-after': '1' },
        }),
      );
    });
  };
