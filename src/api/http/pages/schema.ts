import { createHash } from 'node:crypto';
import { type FastifyInstance } from 'fastify';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { codingFor } from '../../representation/content-coding.js';
import { etagIn, isUnmodified } from '../../representation/etag.js';

export const schemaPath = '/schema.graphql';

/**
 * `GET /schema.graphql`: the schema as text (SDL), for code generators and editors.
 *
 * @param schema called at the first request
 */
export function serveSchema(fastify: FastifyInstance, schema: () => GraphQLSchema): void {
  let served: { body: Buffer; etag: string } | undefined;
  fastify.get(schemaPath, (request, reply) => {
    const { body, etag: plain } = (served ??= textOf(schema()));
    const etag = etagIn(codingFor(request.headers, body), plain);
    void reply.headers({ 'cache-control': 'no-cache', etag, vary: 'Accept-Encoding' });
    if (isUnmodified(request.headers, 200, etag)) return reply.status(304).send();
    return reply.type('text/plain; charset=utf-8').send(body);
  });
}

/** The same text as in the file of the repository. */
export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

function textOf(schema: GraphQLSchema) {
  const body = Buffer.from(schemaText(schema));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}
