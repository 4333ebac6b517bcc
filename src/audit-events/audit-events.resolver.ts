import { Args, Extensions, ID, Query, Resolver } from '@nestjs/graphql';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { costsUpstreamCall } from '../graphql/limits.js';
import { mayHoldFirst } from '../graphql/operation-size.js';
import { refusalError } from '../graphql/results.js';
import { Answer } from '../upstream/answer.js';
import { identifierProblem, malformedIdentifier } from '../upstream/call-url.js';
import { pageEndOf } from './audit-cursor.js';
import { auditFilterSchema, most } from './audit-events.schema.js';
import { AuditEventsService, type Search } from './audit-events.service.js';
import {
  AuditEvent,
  AuditEventConnection,
  type AuditEventFilter,
  AuditEventsArgs,
} from './audit-events.types.js';
import { checked, malformed } from './checked.js';

@Resolver(() => AuditEvent)
export class AuditEventsResolver {
  constructor(private readonly events: AuditEventsService) {}

  @Extensions({ ...costsUpstreamCall, ...mayHoldFirst(most) })
  @Query(() => AuditEventConnection, {
    nullable: true,
    description:
      'The audit log of a zone, newest events first, for whoever may read the zone at Cloudflare. Reading it is recorded too. Cursors are opaque, and hold while events arrive.',
  })
  async auditEvents(
    @Ctx() ctx: RequestContext,
    @Args('zoneId', { type: () => ID, description: 'Identifier of the zone.' }) zoneId: string,
    @Args() { filter, first, after }: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    const problem = identifierProblem('zone_id', zoneId);
    if (problem) throw malformedIdentifier(problem);
    if (first < 0 || first > most) throw malformed(`\`first\` must be from 0 to ${most}.`);
    const end = typeof after === 'string' ? pageEndOf(after) : null;
    if (typeof after === 'string' && !end) {
      throw malformed('`after` is no cursor of this list: give an `endCursor`.');
    }
    const page = await this.events.list(ctx, { zoneId, filter: filterOf(filter), first, after: end });
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

/** Leaves out members that are null. */
function filterOf(filter: AuditEventFilter | null | undefined): Search['filter'] {
  const { requestId: request_id, ...same } = filter ?? {};
  const wanted = { ...same, request_id };
  const given = Object.entries(wanted).filter(([, value]) => value !== null && value !== undefined);
  return checked(auditFilterSchema, Object.fromEntries(given), (member) =>
    member === 'request_id' ? 'requestId' : member,
  );
}
