import { type INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { type onSendHookHandler } from 'fastify';
import { openApiDocument } from '../../rest/openapi.js';
import { pageHeaders } from './page-headers.js';

const docsPath = '/docs';

/** Sets the security headers of the documentation page and its files. */
export const protectDocs: onSendHookHandler = ({ routeOptions: { url } }, reply, payload, done) => {
  if (url === docsPath || url?.startsWith(`${docsPath}/`)) void reply.headers(pageHeaders);
  done(null, payload);
};

/**
 * `GET /openapi.json`, and `/docs`: Swagger UI from local files.
 *
 * @param authorization the `Authorization` header of requests sent from the page. Visible to every visitor: for the demo only
 */
export function serveDocs(app: INestApplication, authorization = ''): void {
  // Generated at the first request: it takes as long as a third of the start.
  SwaggerModule.setup(docsPath, app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    ...(authorization && { swaggerOptions: { requestInterceptor: adding(authorization) } }),
  });
}

/** An interceptor for the page, which receives the function as text. */
function adding(authorization: string): () => void {
  const text = `(request) => { request.headers.Authorization ??= ${JSON.stringify(authorization)}; return request; }`;
  return Object.assign(() => undefined, { toString: () => text });
}
