import { Args, Context, Extensions, ID, Query, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { costsUpstreamCall } from '../../api/graphql/limits/limits.js';
import { holdsEach } from '../../api/graphql/limits/operation-size.js';
import { Node } from '../../api/graphql/schema/node.js';
import { type NodeName, nodeNameIn } from '../../api/graphql/schema/node-id.js';
import { type WholeContext } from '../../api/graphql/whole/candidate.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { malformedIdentifier } from '../../domain/cloudflare/call-url.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { AuditEventConnections } from '../audit-events/audit-event-connections.js';
import { Zone } from '../zone/zone.types.js';
import { ZonesResolver } from './zones.resolver.js';

/** Finds nodes by their ids. Each is read by the resolver of the field that it stands for, which decides what the caller may see. */
@Resolver(() => Node)
export class NodesResolver {
  constructor(
    private readonly zones: ZonesResolver,
    private readonly events: AuditEventConnections,
  ) {}

  @Extensions({ ...costsUpstreamCall, ...dependsOn('zone') })
  @Query(() => Node, {
    nullable: true,
    description:
      'The node of this id. Null, without an error, if it does not exist. Costs a call to Cloudflare, unless it is a zone.',
  })
  node(
    @Ctx() ctx: RequestContext,
    @Context() context: WholeContext,
    @Args('id', { type: () => ID, description: 'The `id` of a node.' }) id: string,
  ): Node | Promise<Node | null> {
    return this.find(ctx, context, nameIn(id));
  }

  @Extensions({ ...holdsEach('ids'), ...dependsOn('zone') })
  @Query(() => [Node], {
    nullable: 'items',
    description: 'The nodes of these ids, in their order. Each counts as a call to Cloudflare; at most 100.',
  })
  nodes(
    @Ctx() ctx: RequestContext,
    @Context() context: WholeContext,
    @Args('ids', { type: () => [ID], description: 'The `id`s of nodes.' }) ids: string[],
  ): (Promise<Node | null> | Node | Error)[] {
    // An error in the place of an item is the error of that item alone.
    return ids.map((id) => {
      try {
        return this.find(ctx, context, nameIn(id));
      } catch (error) {
        return error as Error;
      }
    });
  }

  private find(
    ctx: RequestContext,
    { whole }: WholeContext,
    { zoneId, kind, key }: NodeName,
  ): Node | Promise<Node | null> {
    if (kind === 'audit_event') {
      // Who asks decides what is shown.
      whole?.forgo();
      return this.events.one(ctx, zoneId, key);
    }
    const zone = new Zone(zoneId);
    switch (kind) {
      case 'zone':
        return zone;
      case 'settings':
        return this.zones.settings(ctx, zone);
      case 'global_level':
        return this.zones.globalLevel(ctx, zone);
      case 'zone_certificate':
        return this.zones.certificate(ctx, zone, key);
      case 'hostname_certificate':
        return this.zones.hostnameCertificate(ctx, zone, key);
      case 'hostname':
        return this.zones.hostname(ctx, zone, key);
    }
  }
}

function nameIn(id: string): NodeName {
  const name = nodeNameIn(id);
  if (!name) throw malformedIdentifier('This is not the id of a node: give the `id` of one.');
  return name;
}
