import { type RunningGateway } from '../gateway/gateway.js';
import { ask, type GraphQLFailure } from '../graphql/graphql.js';
import { call } from '../http/http.js';
import { bearer } from '../http/requests.js';

type Headers = Readonly<Record<string, string>>;

/** An event as REST shows it. */
export interface Shown {
  readonly op_id: string;
  readonly stage: string;
  readonly ts: string;
  readonly action?: string;
  readonly actor?: Readonly<Record<string, unknown>>;
  readonly credential?: { readonly kind: string; readonly fingerprint: string; readonly token_id?: string };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly count?: number;
  readonly chain: { readonly writer: string; readonly seq: number; readonly hash: string };
}

/** A page, from whichever face; without events where it was refused. */
export interface Found {
  readonly events: readonly Shown[];
  /** Where the next page begins; null where there is none. */
  readonly cursor: string | null;
  readonly messages: readonly string[];
}

export interface Query {
  readonly zone: string;
  readonly limit?: number;
  readonly cursor?: string | null;
  readonly action?: string;
  readonly actor?: string;
  readonly status?: string;
  readonly target?: string;
  readonly since?: string;
  readonly before?: string;
  readonly request_id?: string;
  readonly incomplete?: boolean;
}

type Gateway = Pick<RunningGateway, 'url'>;
export type Search = (gateway: Gateway, query: Query, headers?: Headers) => Promise<Found>;

export function searchReply(gateway: Gateway, query: string, headers: Headers = bearer) {
  return call(`${gateway.url}/audit/events?${query}`, 'GET', { headers });
}

async function overRest(gateway: Gateway, query: Query, headers?: Headers): Promise<Found> {
  const given = Object.entries(query).filter(([, value]) => value !== null);
  const text = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  const { body } = await searchReply(gateway, text.toString(), headers);
  const envelope = JSON.parse(body.toString()) as {
    result: Shown[] | null;
    result_info?: { cursor: string | null };
    errors: { message: string }[];
  };
  return {
    events: envelope.result ?? [],
    cursor: envelope.result_info?.cursor ?? null,
    messages: envelope.errors.map(({ message }) => message),
  };
}

const states = `{
  ... on AuditSettingsState { enabled known }
  ... on AuditHostnameState { hostname enabled certificateId status expiresOn known }
  ... on AuditCertificateState { cloudflareId status expiresOn known }
}`;

const node = `{
  opId stage at action entry requestId traceId count
  actor { type id: identity fingerprint verified ip userAgent }
  credential { kind fingerprint tokenId }
  target { zoneId certificateId hostnames }
  cert { sha256 serial spkiSha256 notBefore notAfter keyType keyBits issuerCn }
  change { before ${states} after ${states} }
  result { status httpStatus codes cfRay durationMs reason }
  chain { writer seq hash prev kid }
}`;

export const connection = `{ edges { cursor node ${node} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;

export interface Connection {
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: Readonly<Record<string, unknown>> & { readonly stage: string };
  }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const document = `query ($zone: ID!, $filter: AuditEventFilter, $first: Int, $after: String) {
  zone(id: $zone) { auditEvents(filter: $filter, first: $first, after: $after) ${connection} }
}`;

export async function connectionReply(
  gateway: Gateway,
  { zone, limit, cursor, request_id, status, ...others }: Query,
  headers?: Headers,
): Promise<{ readonly page: Connection | null; readonly errors: readonly GraphQLFailure[] }> {
  const filter = { ...others, requestId: request_id, status: status?.toUpperCase() };
  const variables = { zone, filter, after: cursor, ...(limit !== undefined && { first: limit }) };
  const { data, errors } = await ask<{ zone: { auditEvents: Connection | null } | null }>(
    gateway,
    document,
    variables,
    headers,
  );
  return { page: data?.zone?.auditEvents ?? null, errors };
}

async function overGraphQL(gateway: Gateway, query: Query, headers?: Headers): Promise<Found> {
  const { page, errors } = await connectionReply(gateway, query, headers);
  return {
    events: page?.edges.map((edge) => wireNamed(edge.node) as Shown) ?? [],
    cursor: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
    messages: errors.map(({ message }) => message),
  };
}

const enums = ['stage', 'entry', 'type', 'kind', 'status'];

/** What GraphQL shows, under REST's names and without what is null. */
function wireNamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(wireNamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [
        name === 'at' ? 'ts' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        enums.includes(name) && typeof member === 'string' ? member.toLowerCase() : wireNamed(member),
      ]),
  );
}

export const faces: readonly [name: string, search: Search][] = [
  ['REST', overRest],
  ['GraphQL', overGraphQL],
];
