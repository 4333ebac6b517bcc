import { canonicalHostname } from './hostname.js';
import { type PathParameter } from './identifiers.js';

/** Where every operation stands below a base URL, at Cloudflare and here alike. */
export const zonePath = '/zones/:zone_id/origin_tls_client_auth';

interface Row {
  readonly kind: 'read' | 'write';
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `zonePath`. */
  readonly path: '' | `/${string}`;
  /** The query parameters that Cloudflare documents; others are not sent. */
  readonly query?: readonly string[];
}

/**
 * All that this gateway does at Cloudflare, each described once. Source: Cloudflare's OpenAPI document of 2026-08-14,
 * every path under `/zones/{zone_id}/origin_tls_client_auth`.
 */
const rows = {
  'zone_certificate.list': { kind: 'read', method: 'GET', path: '' },
  'zone_certificate.get': { kind: 'read', method: 'GET', path: '/:certificate_id' },
  'zone_certificate.upload': { kind: 'write', method: 'POST', path: '' },
  'zone_certificate.delete': { kind: 'write', method: 'DELETE', path: '/:certificate_id' },

  'hostname_certificate.list': { kind: 'read', method: 'GET', path: '/hostnames/certificates' },
  'hostname_certificate.get': {
    kind: 'read',
    method: 'GET',
    path: '/hostnames/certificates/:certificate_id',
  },
  'hostname_certificate.upload': { kind: 'write', method: 'POST', path: '/hostnames/certificates' },
  'hostname_certificate.delete': {
    kind: 'write',
    method: 'DELETE',
    path: '/hostnames/certificates/:certificate_id',
  },

  'hostname.list': { kind: 'read', method: 'GET', path: '/hostnames', query: ['page', 'per_page', 'status'] },
  'hostname.get': { kind: 'read', method: 'GET', path: '/hostnames/:hostname' },
  'hostname.update': { kind: 'write', method: 'PUT', path: '/hostnames' },

  'settings.get': { kind: 'read', method: 'GET', path: '/settings' },
  'settings.update': { kind: 'write', method: 'PUT', path: '/settings' },
} as const satisfies Record<string, Row>;

export type OperationName = keyof typeof rows;

export interface Operation extends Row {
  readonly name: OperationName;
}

export const operations = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, { name, ...row }]),
) as Record<OperationName, Operation>;

/** One use of an operation. `params` always names the zone: it is what a call is allowed, cached and audited by. */
export interface Call {
  readonly operation: Operation;
  readonly params: { readonly zone_id: string } & { readonly [name in PathParameter]?: string };
  /** As received; only the documented ones are sent. */
  readonly query?: Readonly<Record<string, unknown>>;
  /** Sent as JSON; undefined sends no body. */
  readonly body?: unknown;
}

/** What a read asks for, as a text that is another where the answer may be another. */
export function questionOf({ operation, params, query }: Call, apiVersion?: string): string {
  const { zone_id, hostname, certificate_id } = params;
  const parts: unknown[] = [operation.name, zone_id, canonical(hostname), certificate_id?.toLowerCase()];
  for (const name of operation.query ?? []) parts.push(query?.[name]);
  if (apiVersion !== undefined) parts.push(apiVersion);
  return JSON.stringify(parts);
}

function canonical(hostname: string | undefined): string | undefined {
  return hostname === undefined ? undefined : (canonicalHostname(hostname) ?? hostname);
}
