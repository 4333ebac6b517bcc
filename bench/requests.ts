import { type Outgoing } from './load.js';

const headers = { authorization: 'Bearer sandbox-token-read-write' };
const jsonHeaders = { ...headers, 'content-type': 'application/json' };

/** A request of Cloudflare's API, for gateway and sandbox. `path` is below a zone's origin_tls_client_auth. */
export function get(zone: string, path: string): Outgoing {
  return { method: 'GET', path: pathOf(zone, path), headers };
}

export function post(zone: string, path: string, body: Buffer): Outgoing {
  return { method: 'POST', path: pathOf(zone, path), headers: jsonHeaders, body };
}

export function graphql(query: string, variables: Readonly<Record<string, unknown>>): Outgoing {
  const body = Buffer.from(JSON.stringify({ query, variables }));
  return { method: 'POST', path: '/graphql', headers: jsonHeaders, body };
}

/** Makes a read pass any cache. `Work.upstreamCalls` verifies that it does. */
export function uncached(request: Outgoing): Outgoing {
  return { ...request, headers: { ...request.headers, 'cache-control': 'no-cache' } };
}

function pathOf(zone: string, path: string): string {
  return `/client/v4/zones/${zone}/origin_tls_client_auth${path}`;
}
