import { describe, expect, it } from '@jest/globals';
import fastifyStatic from '@fastify/static';
import { fastify, type FastifyInstance } from 'fastify';
import { type PlaygroundOptions, servePlayground } from './playground.js';

const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

/** A server that answers `/graphql` by itself, as Apollo does, and serves files elsewhere, as Swagger UI does. */
async function aServer(options?: PlaygroundOptions): Promise<FastifyInstance> {
  const server = fastify();
  await server.register(fastifyStatic, { root: import.meta.dirname, prefix: '/docs/' });
  await servePlayground(server, options);
  server.route({ url: '/graphql', method: ['GET', 'POST'], handler: () => 'from GraphQL' });
  return server;
}

async function pageOf(server: FastifyInstance): Promise<string> {
  return (await server.inject({ url: '/graphql', headers: browser })).body;
}

describe('Playground', () => {
  it('A browser gets the playground at /graphql, with and without a query', async () => {
    const server = await aServer();
    for (const url of ['/graphql', '/graphql?query=%7Bzone%7D']) {
      const { statusCode, headers, body } = await server.inject({ url, headers: browser });
      expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(body).toContain('<title>Origin Pulls Gateway playground</title>');
    }
  });

  it.each([
    ['accepts anything', { accept: '*/*' }],
    ['accepts JSON', { accept: 'application/graphql-response+json, application/json;q=0.9' }],
    ['prefers JSON to HTML', { accept: 'application/json, text/html;q=0.5' }],
    ['has no Accept header', {}],
  ])('GraphQL answers a GET that %s', async (_title, headers) => {
    const { body } = await (await aServer()).inject({ url: '/graphql', headers });
    expect(body).toBe('from GraphQL');
  });

  it('GraphQL answers a POST of a browser', async () => {
    const { body } = await (await aServer()).inject({ method: 'POST', url: '/graphql', headers: browser });
    expect(body).toBe('from GraphQL');
  });

  it('The policy of the playground allows its own origin only, and no frames', async () => {
    const { headers } = await (await aServer()).inject({ url: '/graphql', headers: browser });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      vary: 'accept',
    });
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
  });

  it('The page of the playground has no inline script, style or unfilled placeholder', async () => {
    const page = await pageOf(await aServer());
    expect(page).not.toMatch(/<style|style=|<script(?![^>]* src=)|\son\w+=|javascript:/i);
    expect(page).not.toContain('%');
  });

  it('The files of the playground are immutable and have the same policy as the page', async () => {
    const server = await aServer();
    const files = [...(await pageOf(server)).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
    expect(files).toHaveLength(3);
    const { headers: page } = await server.inject({ url: '/graphql', headers: browser });
    for (const file of files) {
      const { statusCode, headers } = await server.inject({ url: `/${file}` });
      expect([file, statusCode]).toEqual([file, 200]);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers['content-security-policy']).toBe(page['content-security-policy']);
    }
  });

  it.each(['index.html', '', '../index.html', '..%2findex.html', '%2e%2e/index.html', 'nothing.js'])(
    'The playground does not serve the file %j',
    async (file) => {
      const { statusCode, body } = await (await aServer()).inject({ url: `/graphql/playground/${file}` });
      expect([403, 404]).toContain(statusCode);
      expect(body).not.toContain('<html');
    },
  );

  it('The page of the playground holds the given credentials, escaped, or none', async () => {
    const credentials = [{ name: 'A & B', authorization: 'Bearer $& "><script>&' }];
    const [, content = ''] =
      /<meta name="credentials" content="([^"]*)" \/>/.exec(await pageOf(await aServer({ credentials }))) ??
      [];
    expect(content).not.toMatch(/[<>]/);
    const text = content.replace(/&#(\d+);/g, (_all, code: string) => String.fromCharCode(Number(code)));
    expect(JSON.parse(text)).toEqual(credentials);
    expect(await pageOf(await aServer())).toContain('<meta name="credentials" content="" />');
  });

  it('A playground that is not built fails with the advice of npm run build', async () => {
    await expect(servePlayground(fastify(), { folder: '/nowhere' })).rejects.toThrow(
      /GRAPHQL_PLAYGROUND: .*npm run build/,
    );
  });
});
