import { fastify } from 'fastify';
import mercurius from 'mercurius';
import mercuriusCache from 'mercurius-cache';
import { Pool } from 'undici';
import { resolvers, typeDefs } from './schema.js';

/**
 * Mercurius with JIT and mercurius-cache as their documentation has them: what the resolvers return is kept, apart by credential,
 * under keys of our own, which the documentation recommends for speed. Nothing is logged.
 */
const { PORT, UPSTREAM, KEPT_SECONDS } = process.env;
const upstream = new URL(UPSTREAM);
const pool = new Pool(upstream.origin, { connections: 64 });

async function read({ authorization }, path) {
  const { statusCode, body } = await pool.request({
    method: 'GET',
    path: `${upstream.pathname}/${path}`,
    headers: { authorization },
  });
  const { result } = await body.json();
  if (statusCode !== 200) throw new Error(`Cloudflare answered ${statusCode}`);
  return result;
}

const kept = { key: ({ self, ctx }) => `${self.id} ${ctx.authorization}` };

const app = fastify();
await app.register(mercurius, {
  schema: typeDefs(),
  resolvers: resolvers(read),
  jit: 1,
  context: ({ headers }) => ({
    authorization: headers.authorization,
    isUncached: headers['cache-control'] === 'no-cache',
  }),
});
await app.register(mercuriusCache, {
  ttl: Number(KEPT_SECONDS),
  storage: { type: 'memory', options: { size: 65_536 } },
  policy: { Zone: { settings: kept, certificates: kept, hostnameCertificates: kept } },
  skip: (_self, _args, { isUncached }) => isUncached,
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
