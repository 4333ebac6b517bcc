import { type FastifyInstance } from 'fastify';

/** `GET /`: the paths of the gateway. Browsers are redirected to the documentation. */
export function serveRoot(instance: FastifyInstance): void {
  instance.get('/', { exposeHeadRoute: false }, (request, reply) => {
    void reply.headers({ 'cache-control': 'no-cache', vary: 'accept' });
    const { accept = '' } = request.headers;
    // Relative: a proxy may serve the gateway below a path.
    if (accept.includes('text/html') && !accept.includes('json')) return reply.redirect('docs', 302);
    return reply.send({
      graphql: '/graphql',
      rest: '/client/v4',
      docs: '/docs',
      openapi: '/openapi.json',
      health: '/health/ready',
    });
  });
}
