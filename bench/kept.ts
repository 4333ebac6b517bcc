import { fastify, type FastifyReply, type FastifyRequest } from 'fastify';

/**
 * The peer of a hit: the least that Fastify can do for the same answer. It gets each answer from the gateway at the first
 * request and returns those bytes to every later one. It checks, counts and logs nothing.
 */
const upstream = process.env['UPSTREAM'] ?? '';
const answers = new Map<string, { type: string; bytes: Buffer }>();

const app = fastify({ bodyLimit: 128 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
  done(null, body),
);
app.get('/client/v4/zones/:zone_id/origin_tls_client_auth', answer);
app.get('/client/v4/zones/:zone_id/origin_tls_client_auth/settings', answer);
app.post('/graphql', answer);
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });

async function answer(request: FastifyRequest, reply: FastifyReply) {
  const key = typeof request.body === 'string' ? request.body : request.url;
  const kept = answers.get(key) ?? (await ask(request, key));
  return reply.header('content-type', kept.type).send(kept.bytes);
}

async function ask({ method, url, headers, body }: FastifyRequest, key: string) {
  const { authorization = '', 'content-type': contentType } = headers;
  const answer = await fetch(new URL(url, upstream), {
    method,
    headers: { authorization, ...(contentType && { 'content-type': contentType }) },
    ...(typeof body === 'string' && { body }),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`${method} ${url}: ${bytes.toString('utf8', 0, 300)}`);
  const kept = { type: answer.headers.get('content-type') ?? '', bytes };
  answers.set(key, kept);
  return kept;
}
