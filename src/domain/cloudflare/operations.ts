import { canonicalHostname } from './hostname.js';
import { type PathParameter } from './identifiers.js';

/** What a permission is for. An API token has it as `… Read`, or as `… Write`, which includes `… Read`. */
export type PermissionArea = 'SSL and Certificates' | 'Zone Settings';

/** The permission of most operations. A credential without it is of no use here; without the others, it is of use. */
export const commonArea: PermissionArea = 'SSL and Certificates';

interface Row {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below a base URL, at Cloudflare and here. */
  readonly path: `/${string}`;
  /** `commonArea` unless given. */
  readonly area?: PermissionArea;
  /** The query parameters that Cloudflare documents; others are not sent. */
  readonly query?: readonly string[];
  /** The call is about no zone. */
  readonly isZoneless?: true;
}

const originPulls = '/zones/:zone_id/origin_tls_client_auth';
const globalLevel = '/zones/:zone_id/settings/tls_client_auth';

/**
 * Every call that this gateway makes at Cloudflare. Source: Cloudflare's OpenAPI document of 2026-08-14, every path under
 * `/zones/{zone_id}/origin_tls_client_auth`, the zone setting `tls_client_auth`, which is the global level of origin pulls, and
 * `…/tokens/verify`.
 */
const rows = {
  'zone_certificate.list': { method: 'GET', path: originPulls },
  'zone_certificate.get': { method: 'GET', path: `${originPulls}/:certificate_id` },
  'zone_certificate.upload': { method: 'POST', path: originPulls },
  'zone_certificate.delete': { method: 'DELETE', path: `${originPulls}/:certificate_id` },

  'hostname_certificate.list': { method: 'GET', path: `${originPulls}/hostnames/certificates` },
  'hostname_certificate.get': {
    method: 'GET',
    path: `${originPulls}/hostnames/certificates/:certificate_id`,
  },
  'hostname_certificate.upload': { method: 'POST', path: `${originPulls}/hostnames/certificates` },
  'hostname_certificate.delete': {
    method: 'DELETE',
    path: `${originPulls}/hostnames/certificates/:certificate_id`,
  },

  'hostname.list': {
    method: 'GET',
    path: `${originPulls}/hostnames`,
    query: ['page', 'per_page', 'status'],
  },
  'hostname.get': { method: 'GET', path: `${originPulls}/hostnames/:hostname` },
  'hostname.update': { method: 'PUT', path: `${originPulls}/hostnames` },

  'settings.get': { method: 'GET', path: `${originPulls}/settings` },
  'settings.update': { method: 'PUT', path: `${originPulls}/settings` },

  'global_level.get': { method: 'GET', path: globalLevel, area: 'Zone Settings' },
  'global_level.update': { method: 'PATCH', path: globalLevel, area: 'Zone Settings' },

  // The gateway asks for itself: clients have no route to them.
  'token.verify': { method: 'GET', path: '/user/tokens/verify', isZoneless: true },
  'account_token.verify': {
    method: 'GET',
    path: '/accounts/:account_id/tokens/verify',
    isZoneless: true,
  },
} as const satisfies Record<string, Row>;

export type OperationName = keyof typeof rows;

export interface Operation extends Row {
  readonly name: OperationName;
  readonly kind: 'read' | 'write';
  readonly area: PermissionArea;
  /** What an API token needs for it, as Cloudflare names it. */
  readonly permission: `${PermissionArea} ${'Read' | 'Write'}`;
}

function operationOf(name: string, row: Row): Operation {
  const area = row.area ?? commonArea;
  const isRead = row.method === 'GET';
  return {
    ...row,
    name: name as OperationName,
    kind: isRead ? 'read' : 'write',
    area,
    permission: `${area} ${isRead ? 'Read' : 'Write'}`,
  };
}

export const operations = Object.fromEntries(
  Object.entries<Row>(rows).map(([name, row]) => [name, operationOf(name, row)]),
) as Record<OperationName, Operation>;

/** The read that shows whether a credential has a permission in a zone: it admits the changes that need the same. */
export const admittingReads: Readonly<Record<PermissionArea, Operation>> = {
  'SSL and Certificates': operations['settings.get'],
  'Zone Settings': operations['global_level.get'],
};

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

/**
 * Asks for the id of the API token that it is sent with.
 *
 * @param accountId of the account that owns the token; a user owns it without one
 */
export function tokenVerification(accountId?: string): AnyCall {
  return accountId === undefined
    ? { operation: operations['token.verify'], params: {} }
    : { operation: operations['account_token.verify'], params: { account_id: accountId } };
}

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
