import { Agent, request, type IncomingHttpHeaders } from 'node:http';
import { fastify } from 'fastify';

/**
 * The peer of a miss: the least that Fastify can do in front of an API. It reads each request whole, forwards it with its
 * headers over kept connections, and returns status, headers and bytes of the answer. It checks, counts and logs nothing.
 */
const upstream = new URL(process.env['UPSTREAM'] ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'te', 'trailer', 'upgrade'];

const app = fastify({ bodyLimit: 128 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.all<{ Body: Buffer | undefined }>('/*', async ({ method, url, headers, body }, reply) => {
  const answer = await forward(method, url, headers, body);
  return reply.code(answer.status).headers(endToEnd(answer.headers)).send(answer.body);
});
await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });

interface Forwarded {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function forward(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer | undefined,
): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { hostname, port, host } = upstream;
    const options = { agent, hostname, port, method, path, headers: { ...endToEnd(headers), host } };
    const outgoing = request(options, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** RFC 9110 §7.6.1: headers of one connection are not forwarded. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = { ...headers };
  for (const name of hopByHop) delete kept[name];
  return kept;
}
