import { type FastifyInstance } from 'fastify';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { isForPage } from '../hooks/route-rules.js';
import { pageHeaders } from './page-headers.js';

/** Answers a browser's `GET /graphql` with this page. Other clients get the answer of GraphQL. */
export function servePageOfGraphQL(fastify: FastifyInstance, page: string): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isForPage(request)) return done();
    // The page names its files relative to this path.
    if (request.originalUrl.startsWith(`${graphqlPath}/`)) {
      void reply.headers({ 'cache-control': 'no-store', vary: 'accept' }).redirect(`..${graphqlPath}`, 308);
      return;
    }
    void reply
      .headers({ ...pageHeaders, 'cache-control': 'no-store', vary: 'accept' })
      .type('text/html; charset=utf-8')
      .send(page);
  });
}
