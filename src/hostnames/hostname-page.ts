import { GraphQLError } from 'graphql';
import { type Association, nameOf } from '../associations/associations.js';
import { type AssociationStatus, Hostname, type HostnameConnection } from './hostnames.types.js';

export const most = 1000;
const version = 'h1:';

/**
 * A page of the list of associations. A cursor is the name it stands after, so it holds while others come and go, and
 * also when its own hostname is gone.
 *
 * @throws GraphQLError `INVALID_INPUT`
 */
export function hostnamePage(
  first: number,
  after: string | null | undefined,
  statuses: AssociationStatus[] | null,
) {
  if (first < 0 || first > most) throw invalid(`\`first\` must be from 0 to ${most}.`);
  const start = after === null || after === undefined ? '' : nameIn(after);
  return {
    of: (zoneId: string, all: readonly Association[]): HostnameConnection => {
      const matching = all.filter(({ status }) =>
        statuses ? statuses.some((one) => one === status) : status !== 'deleted',
      );
      const rest = matching.filter((association) => nameOf(association) > start);
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
