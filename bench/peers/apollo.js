import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import responseCache from '@apollo/server-plugin-response-cache';
import fastifyApollo from '@as-integrations/fastify';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { fastify } from 'fastify';
import { resolvers, typeDefs } from './schema.js';

/**
 * Apollo Server on Fastify as its documentation has it: whole answers in the response cache, apart by credential; Cloudflare's
 * answers in the cache of a RESTDataSource, apart by credential. Nothing is logged.
 */
const { PORT, UPSTREAM, KEPT_SECONDS } = process.env;
const seconds = Number(KEPT_SECONDS);

class Cloudflare extends RESTDataSource {
  baseURL = `${UPSTREAM}/`;

  constructor(cache, { authorization, isUncached }) {
    super({ cache, fetch });
    this.authorization = authorization;
    this.isUncached = isUncached;
  }

  async read(path) {
    const { result } = await this.get(path, { skipCache: this.isUncached });
    return result;
  }

  willSendRequest(_path, request) {
    request.headers.authorization = this.authorization;
    request.cacheOptions = { ttl: seconds };
  }

  cacheKeyFor(url) {
    return `${this.authorization} ${url}`;
  }
}

const cacheControl = `
  enum CacheControlScope { PUBLIC PRIVATE }
  directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean)
    on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
`;

// Larger than the default of 30 MiB, so that nothing is evicted.
const cache = new InMemoryLRUCache({ maxSize: 512 * 1024 * 1024 });
const app = fastify();
const server = new ApolloServer({
  typeDefs: `${cacheControl} ${typeDefs(`@cacheControl(maxAge: ${seconds}, scope: PRIVATE)`)}`,
  resolvers: resolvers(({ cloudflare }, path) => cloudflare.read(path)),
  cache,
  introspection: false,
  plugins: [
    ApolloServerPluginCacheControl({ calculateHttpHeaders: false }),
    responseCache({
      sessionId: async ({ contextValue }) => contextValue.authorization ?? null,
      shouldReadFromCache: async ({ contextValue }) => !contextValue.isUncached,
      shouldWriteToCache: async ({ contextValue }) => !contextValue.isUncached,
    }),
  ],
});
await server.start();
await app.register(fastifyApollo(server), {
  context: async ({ headers }) => {
    const caller = {
      authorization: headers.authorization,
      isUncached: headers['cache-control'] === 'no-cache',
    };
    return { ...caller, cloudflare: new Cloudflare(cache, caller) };
  },
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
