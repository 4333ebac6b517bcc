import { type FastifyInstance } from 'fastify';
import { schemaPath } from './schema.js';

/**
 * `GET /`: the paths of the gateway. Browsers are redirected to the documentation.
 *
 * @param hasSchema whether the schema is served
 */
export function serveRoot(instance: FastifyInstance, hasSchema: boolean): void {
  instance.get('/', { exposeHeadRoute: false }, (request, reply) => {
    void reply.headers({ 'cache-control': 'no-cache', vary: 'accept' });
    const { accept = '' } = request.headers;
    // Relative: a proxy may serve the gateway below a path.
    if (accept.includes('text/html') && !accept.includes('json')) return reply.redirect('docs', 302);
    return reply.send({
      graphql: '/graphql',
      ...(hasSchema && { schema: schemaPath }),
      rest: '/client/v4',
      docs: '/docs',
      openapi: '/openapi.json',
      health: '/health/ready',
    });
  });
}
