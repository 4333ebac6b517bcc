import { GraphQLError } from 'graphql';
import { type Association, canonicalNameOf } from '../associations/associations.js';
import { type DeploymentStatus, inStatus } from '../../api/graphql/schema/deployment-status.js';
import { Hostname, type HostnameConnection } from './hostnames.types.js';

export const maxPageSize = 1000;
const version = 'h1:';

export interface PageRequest {
  readonly first: number;
  /** The page starts after this name. */
  readonly afterName: string;
}

/**
 * Checks the arguments of a page before the list is read.
 *
 * @throws GraphQLError `INVALID_INPUT`
 */
export function pageRequest(first: number, after: string | null | undefined): PageRequest {
  if (first < 0 || first > maxPageSize) throw invalid(`\`first\` must be from 0 to ${maxPageSize}.`);
  return { first, afterName: typeof after === 'string' ? nameIn(after) : '' };
}

/**
 * A page of the list of associations. Its cursors are hostnames, so a cursor stays valid while associations are added
 * and removed, its own included.
 */
export function hostnamePage(
  zoneId: string,
  all: readonly Association[],
  statuses: readonly DeploymentStatus[] | null,
  { first, afterName }: PageRequest,
): HostnameConnection {
  const matching = inStatus(all, statuses);
  const rest = matching.filter((association) => canonicalNameOf(association) > afterName);
  const nodes = rest.slice(0, first).map((association) => Hostname.fromList(zoneId, association));
  const edges = nodes.map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    nodes,
    totalCount: matching.length,
    pageInfo: {
      hasNextPage: rest.length > nodes.length,
      hasPreviousPage: matching.length > rest.length,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

function cursorOf({ name }: Hostname): string {
  return Buffer.from(version + name.toLowerCase()).toString('base64url');
}

function nameIn(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith(version)) throw invalid('`after` is no cursor of this list: give an `endCursor`.');
  return text.slice(version.length);
}

function invalid(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'INVALID_INPUT' } });
}
