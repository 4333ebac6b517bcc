import { canonicalHostname } from './hostname.js';
import { type PathParameter } from './identifiers.js';

/** The path of every operation on a zone below a base URL, at Cloudflare and here. */
export const zonePath = '/zones/:zone_id/origin_tls_client_auth';

interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `zonePath`; of a call about no zone, below the base URL. */
  readonly path: '' | `/${string}`;
  /** The query parameters that Cloudflare documents; others are not sent. */
  readonly query?: readonly string[];
  /** The call is about no zone. */
  readonly isZoneless?: true;
}

/**
 * Every call that this gateway makes at Cloudflare. Source: Cloudflare's OpenAPI document of 2026-08-14,
 * every path under `/zones/{zone_id}/origin_tls_client_auth`, and `/user/tokens/verify`.
 */
const rows = {
  'zone_certificate.list': { method: 'GET', path: '' },
  'zone_certificate.get': { method: 'GET', path: '/:certificate_id' },
  'zone_certificate.upload': { method: 'POST', path: '' },
  'zone_certificate.delete': { method: 'DELETE', path: '/:certificate_id' },

  'hostname_certificate.list': { method: 'GET', path: '/hostnames/certificates' },
  'hostname_certificate.get': { method: 'GET', path: '/hostnames/certificates/:certificate_id' },
  'hostname_certificate.upload': { method: 'POST', path: '/hostnames/certificates' },
  'hostname_certificate.delete': { method: 'DELETE', path: '/hostnames/certificates/:certificate_id' },

  'hostname.list': { method: 'GET', path: '/hostnames', query: ['page', 'per_page', 'status'] },
  'hostname.get': { method: 'GET', path: '/hostnames/:hostname' },
  'hostname.update': { method: 'PUT', path: '/hostnames' },

  'settings.get': { method: 'GET', path: '/settings' },
  'settings.update': { method: 'PUT', path: '/settings' },

  // The gateway asks for itself: clients have no route to it.
  'token.verify': { method: 'GET', path: '/user/tokens/verify', isZoneless: true },
} as const satisfies Record<string, Row>;

export type OperationName = keyof typeof rows;

export interface Operation extends Row {
  readonly name: OperationName;
  readonly kind: 'read' | 'write';
}

export const operations = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [
    name,
    { name, kind: row.method === 'GET' ? 'read' : 'write', ...row },
  ]),
) as Record<OperationName, Operation>;

/** One use of an operation. */
export interface AnyCall {
  readonly operation: Operation;
  readonly params: { readonly [name in PathParameter]?: string };
  /** As received; only the documented ones are sent. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** Sent as JSON; undefined sends no body. */
  readonly body?: unknown;
}

/** A call on a zone. `params` always names the zone: it is what a call is allowed, cached and audited by. */
export interface Call extends AnyCall {
  readonly params: AnyCall['params'] & { readonly zone_id: string };
}

/** Asks for the id of the API token that it is sent with. */
export const tokenVerification: AnyCall = { operation: operations['token.verify'], params: {} };

export function callOf(
  name: OperationName,
  params: Call['params'],
  sent: Pick<Call, 'query' | 'body'> = {},
): Call {
  return { operation: operations[name], params, ...sent };
}

/** Identifies the answer to a read: two reads with the same text get the same answer. */
export function questionOf({ operation, params, query }: Call, apiVersion?: string): string {
  const { zone_id, hostname, certificate_id } = params;
  const name = hostname && (canonicalHostname(hostname) ?? hostname);
  const parts: unknown[] = [operation.name, zone_id, name, certificate_id?.toLowerCase()];
  for (const parameter of operation.query ?? []) parts.push(query?.[parameter]);
  if (apiVersion !== undefined) parts.push(apiVersion);
  return JSON.stringify(parts);
}
