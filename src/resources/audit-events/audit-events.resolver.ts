import { Args, Extensions, ID, Query, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { costsUpstreamCall } from '../../api/graphql/limits/limits.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { mayHoldFirst } from '../../api/graphql/limits/operation-size.js';
import { AuditEventConnections } from './audit-event-connections.js';
import { most } from './audit-events.schema.js';
import { AuditEvent, AuditEventConnection, AuditEventsArgs } from './audit-events.types.js';

@Resolver(() => AuditEvent)
export class AuditEventsResolver {
  constructor(private readonly connections: AuditEventConnections) {}

  @Extensions({ ...costsUpstreamCall, ...mayHoldFirst(most), ...dependsOn('caller') })
  @Query(() => AuditEventConnection, {
    nullable: true,
    description:
      'The audit log of a zone, newest events first, for whoever may read the zone at Cloudflare. Reading it is recorded too. Cursors are opaque, and hold while events arrive.',
  })
  auditEvents(
    @Ctx() ctx: RequestContext,
    @Args('zoneId', { type: () => ID, description: 'Identifier of the zone.' }) zoneId: string,
    @Args() args: AuditEventsArgs,
  ): Promise<AuditEventConnection> {
    return this.connections.page(ctx, zoneId, args);
  }
}
