import { fastify } from 'fastify';

/**
 * The peer of a hit: the least that Fastify does for the same answer. It returns the bytes that it was last given, to every read,
 * and parses the JSON of a query as Fastify does by default. With LOG_LEVEL it logs each request, as Fastify does with pino.
 */
let kept: { type: string; bytes: Buffer } = { type: '', bytes: Buffer.alloc(0) };

const { PORT, LOG_LEVEL: level } = process.env;
const app = fastify({ bodyLimit: 4 * 1024 * 1024, ...(level && { logger: { level } }) });
app.get('/client/v4/zones/:zone_id/origin_tls_client_auth', (_request, reply) =>
  reply.header('content-type', kept.type).send(kept.bytes),
);
app.post('/graphql', (_request, reply) => reply.header('content-type', kept.type).send(kept.bytes));
await app.register((scope, _options, done) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body));
  scope.put<{ Body: Buffer }>('/kept', (request, reply) => {
    kept = { type: request.headers['content-type'] ?? '', bytes: request.body };
    return reply.code(204).send();
  });
  done();
});
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
