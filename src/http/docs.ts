import { type INestApplication } from '@nestjs/common';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type FastifyInstance } from 'fastify';
import { openApiConfig } from '../rest/openapi.js';
import { pageHeaders } from '../rest/page-headers.js';

export function openApiDocument(app: INestApplication): OpenAPIObject {
  return SwaggerModule.createDocument(app, openApiConfig);
}

const docsPath = '/docs';

/** Has to be called before the first route is registered. */
export function protectDocs(instance: FastifyInstance): void {
  instance.addHook('onRoute', (route) => {
    if (route.url !== docsPath && !route.url.startsWith(`${docsPath}/`)) return;
    route.onSend = (_request, reply, payload, done) => {
      void reply.headers(pageHeaders);
      done(null, payload);
    };
  });
}

/**
 * `GET /openapi.json`, and `/docs`: Swagger UI from local files.
 *
 * @param authorization what requests that are tried out carry, for everybody to see: the demo's
 */
export function serveOpenApi(app: INestApplication, authorization = ''): void {
  // Made when it is first asked for: it is a third of the start.
  SwaggerModule.setup(docsPath, app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    ...(authorization && { swaggerOptions: { requestInterceptor: adding(authorization) } }),
  });
}

/** A function for the page, which gets its text. */
function adding(authorization: string): () => void {
  const text = `(request) => { request.headers.Authorization ??= ${JSON.stringify(authorization)}; return request; }`;
  return Object.assign(() => undefined, { toString: () => text });
}
