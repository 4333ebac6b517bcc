import { randomBytes } from 'node:crypto';

const headers = { authorization: 'Bearer sandbox-token-read-write' };
const jsonHeaders = { ...headers, 'content-type': 'application/json' };

/**
 * Stands in the path or the body of a request for 16 hexadecimal digits, which wrk replaces at each sending by another number.
 * A request has it once at most.
 */
export const rotation = '{rotation}';
const digits = 16;

/** One request, ready to be sent. */
export interface Outgoing {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request of Cloudflare's API, for gateway and sandbox. `path` is below a zone's origin_tls_client_auth. */
export function get(zone: string, path: string): Outgoing {
  return { method: 'GET', path: pathOf(zone, path), headers };
}

export function post(zone: string, path: string, body: string): Outgoing {
  return { method: 'POST', path: pathOf(zone, path), headers: jsonHeaders, body };
}

export function putSettings(zone: string, enabled: boolean): Outgoing {
  const body = JSON.stringify({ enabled });
  return { method: 'PUT', path: pathOf(zone, '/settings'), headers: jsonHeaders, body };
}

export function graphql(query: string, variables: Readonly<Record<string, unknown>>): Outgoing {
  const body = JSON.stringify({ query, variables });
  return { method: 'POST', path: '/graphql', headers: jsonHeaders, body };
}

/** Makes a read pass any cache. `Work.upstreamCalls` verifies that it does. */
export function uncached(request: Outgoing): Outgoing {
  return { ...request, headers: { ...request.headers, 'cache-control': 'no-cache' } };
}

/** The request with digits that no other sending has. */
export function once(request: Outgoing): Outgoing {
  // The first digit is one that wrk's count does not reach.
  const number = `f${randomBytes(digits / 2)
    .toString('hex')
    .slice(1)}`;
  const { path, body } = request;
  return {
    ...request,
    path: path.replace(rotation, number),
    ...(body !== undefined && { body: body.replace(rotation, number) }),
  };
}

/** The bytes of the request in HTTP/1.1, with the placeholder left in place. */
export function onTheWire({ method, path, headers, body }: Outgoing): Buffer {
  const length = body && Buffer.byteLength(body.replace(rotation, '0'.repeat(digits)));
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(length ? [`content-length: ${length}`] : []),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

function pathOf(zone: string, path: string): string {
  return `/client/v4/zones/${zone}/origin_tls_client_auth${path}`;
}
