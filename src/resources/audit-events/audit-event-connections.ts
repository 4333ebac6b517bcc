import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { nodeNameIn } from '../../api/graphql/schema/node-id.js';
import { camelNameOf } from '../../api/graphql/results/camel-cased.js';
import { refusalError } from '../../api/graphql/results/results.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { pageEndOf } from './audit-cursor.js';
import { auditFilterSchema, most } from './audit-events.schema.js';
import { AuditEventsService, type Search } from './audit-events.service.js';
import { AuditEvent, type AuditEventConnection, type AuditEventsArgs } from './audit-events.types.js';
import { checked, malformed } from './checked.js';
import { eventNameIn } from './event-key.js';

/** Pages of the audit log of a zone, as GraphQL has them. */
@Injectable()
export class AuditEventConnections {
  constructor(private readonly events: AuditEventsService) {}

  /** The event of a node; null if there is none. */
  async one(ctx: RequestContext, zoneId: string | null, key: string): Promise<AuditEvent | null> {
    const name = eventNameIn(key);
    const event = name && (await this.events.one(ctx, zoneId, name));
    if (event instanceof Answer) throw refusalError(event);
    return event && AuditEvent.from(event);
  }

  async page(
    ctx: RequestContext,
    zoneId: string | null,
    { filter, first, after }: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    if (first < 0 || first > most) throw malformed(`\`first\` must be from 0 to ${most}.`);
    const end = typeof after === 'string' ? pageEndOf(after) : null;
    if (typeof after === 'string' && !end) {
      throw malformed('`after` is no cursor of this list: give an `endCursor`.');
    }
    const page = await this.events.list(ctx, {
      zoneId,
      filter: filterOf(zoneId, filter ?? {}),
      first,
      after: end,
    });
    if (page instanceof Answer) throw refusalError(page);
    const edges = page.edges.map(({ cursor, node }) => ({ cursor, node: AuditEvent.from(node) }));
    return {
      edges,
      nodes: edges.map(({ node }) => node),
      pageInfo: {
        hasNextPage: page.hasMore,
        hasPreviousPage: end !== null,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  }
}

/** A member that is null does not filter. */
function filterOf(zoneId: string | null, filter: object): Search['filter'] {
  const given = (Object.entries(filter) as [string, unknown][])
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => {
      if (name === 'requestId') return ['request_id', value];
      return [name, name === 'target' ? targetIn(zoneId, String(value)) : value];
    });
  return checked(auditFilterSchema, Object.fromEntries(given), camelNameOf);
}

/** Cloudflare's identifier of a certificate, or a hostname, where the id of its node is given. Other text is returned unchanged. */
function targetIn(zoneId: string | null, given: string): string {
  const node = nodeNameIn(given);
  if (node?.key === undefined) return given;
  if (node.zoneId === (zoneId ?? node.zoneId)) return node.key;
  throw malformed('target is of another zone than is searched.');
}
