import { type FastifyInstance } from 'fastify';

/** `GET /`: where to go. A browser is taken to the documentation. */
export function serveRoot(instance: FastifyInstance): void {
  instance.get('/', { exposeHeadRoute: false }, (request, reply) => {
    void reply.headers({ 'cache-control': 'no-cache', vary: 'accept' });
    const { accept = '' } = request.headers;
    // Relative: a proxy may have a path before everything.
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
