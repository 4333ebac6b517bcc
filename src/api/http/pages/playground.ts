import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { type FastifyInstance } from 'fastify';
import { SettingsError } from '../../../platform/config/settings.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { servePageOfGraphQL } from './graphql-page.js';
import { pageHeaders } from './page-headers.js';

/** A credential that the pages offer, visible to every visitor: for the demo only. */
export interface NamedCredential {
  readonly name: string;
  /** The value of the header `Authorization`. */
  readonly authorization: string;
}

export interface PlaygroundOptions {
  /** The first one is in place, and the others can be chosen. A placeholder is in place if there is none. */
  readonly credentials?: readonly NamedCredential[];
  /** Where `npm run build` put the page. */
  readonly folder?: string;
}

/** Beside package.json, which stands two folders up from the source and three from the build. */
const builtFolder = join(dirname(createRequire(import.meta.url).resolve('#package.json')), 'dist/playground');

const oneYearMs = 365 * 24 * 60 * 60 * 1000;

/**
 * Answers a browser's `GET /graphql` with the playground. Apollo's landing page cannot set the `Content-Security-Policy`.
 *
 * @throws SettingsError if the page was not built.
 */
export async function servePlayground(
  fastify: FastifyInstance,
  { credentials = [], folder = builtFolder }: PlaygroundOptions = {},
): Promise<void> {
  const given = credentials.length > 0 ? JSON.stringify(credentials) : '';
  const page = (await readPage(folder)).replace('%credentials%', () => escapeAttribute(given));
  await fastify.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: `${graphqlPath}/playground/`,
    index: false,
    // Nothing calls `reply.sendFile`, and Fastify takes that decoration only once.
    decorateReply: false,
    // File names contain a hash of the content.
    immutable: true,
    preCompressed: true,
    maxAge: oneYearMs,
    setHeaders: (reply) => void reply.headers(pageHeaders),
  });
  servePageOfGraphQL(fastify, page);
}

async function readPage(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new SettingsError([
      'GRAPHQL_PLAYGROUND: the playground is not built: run npm run build, or switch it off',
    ]);
  }
}

function escapeAttribute(text: string): string {
  return text.replace(/[&"<>]/g, (character) => `&#${character.charCodeAt(0)};`);
}
