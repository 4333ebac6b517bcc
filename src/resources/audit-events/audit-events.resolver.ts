import { Args, Extensions, Query, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { mayHoldFirst } from '../../api/graphql/limits/operation-size.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { AuditEventConnections } from './audit-event-connections.js';
import { most } from './audit-events.schema.js';
import { AuditEvent, AuditEventConnection, AuditEventsArgs } from './audit-events.types.js';

@Resolver(() => AuditEvent)
export class AuditEventsResolver {
  constructor(private readonly events: AuditEventConnections) {}

  @Extensions({ ...mayHoldFirst(most), ...dependsOn('caller'), actions: ['audit.search'] })
  @Query(() => AuditEventConnection, {
    nullable: true,
    description:
      'The events of all zones and of none, such as changes of the access file, in the order in which they were stored, the last one first. For auditors in managed mode: no member is masked.',
  })
  auditEvents(@Ctx() ctx: RequestContext, @Args() args: AuditEventsArgs): Promise<AuditEventConnection> {
    return this.events.page(ctx, null, args);
  }
}
