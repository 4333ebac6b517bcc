import { type IncomingMessage } from 'node:http';
import { type FastifyRequest } from 'fastify';
import { type Action } from '../../../gateway/access/actions.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { basePath } from '../../rest/openapi.js';
import { wantsPage } from '../../representation/wants-page.js';
import { isHealthRoute } from '../entrance/health-route.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route, if it is none of Cloudflare's operations. */
    readonly rule?: RouteRule;
  }
}

/** An action that a caller has to be allowed, or who else may use a route. */
export type RouteRule = Action | 'anyone' | 'any caller';

/** Pages and documents, which show nothing of a zone. */
const pages = ['/', '/docs', '/openapi.json', '/schema.graphql'];
const belowPages = ['/docs/', `${graphqlPath}/playground/`];

/** The route that CORS adds, which answers without content. Browsers send no credential with a preflight. */
const forPreflights = { method: 'OPTIONS', url: '*' };

/** The rule of a route; null if there is none: then the route is refused to all callers in managed mode. */
export function ruleOf({ method, url, config }: FastifyRequest['routeOptions']): RouteRule | null {
  if (url === undefined || isHealthRoute(url) || pages.includes(url)) return 'anyone';
  if (method === forPreflights.method && url === forPreflights.url) return 'anyone';
  if (belowPages.some((start) => url.startsWith(start))) return 'anyone';
  // The fields of an operation decide.
  if (url === graphqlPath) return 'any caller';
  return config.operation?.name ?? config.rule ?? null;
}

/** Whether a request may be answered without the router, by its path. */
export function isOfApi({ method, url = '', headers }: IncomingMessage): boolean {
  const isGraphQL = url === graphqlPath || url.startsWith(`${graphqlPath}?`);
  const isPage = method === 'GET' && isGraphQL && wantsPage(headers);
  return (isGraphQL && !isPage) || url.startsWith(`${basePath}/`);
}

/** Whether a browser asks for the page at the path of GraphQL. */
export function isForPage({ method, routeOptions, headers }: FastifyRequest): boolean {
  return method === 'GET' && routeOptions.url === graphqlPath && wantsPage(headers);
}
