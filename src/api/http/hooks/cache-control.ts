import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { isHealthRoute } from '../health/health.controller.js';
import { type Hook } from '../server/hook.js';

/** Sets `Cache-Control` where the handler did not: a cache may store an answer without it for a while (RFC 9111 §4.2.2). */
export const setCacheControl: Hook = (fastify) => {
  fastify.addHook('onSend', ({ routeOptions: { url } }, reply, payload, done) => {
    if (!reply.hasHeader('cache-control')) {
      void reply.header('cache-control', isHealthRoute(url) || url === graphqlPath ? 'no-store' : 'no-cache');
    }
    done(null, payload);
  });
};
