import { Args, Extensions, ID, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { dependsOn } from '../../api/graphql/whole/depends-on.js';
import { identifierProblem, malformedIdentifier } from '../../domain/cloudflare/call-url.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ViewerService } from './viewer.service.js';
import { Viewer } from './viewer.types.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(private readonly viewers: ViewerService) {}

  @Extensions(dependsOn('caller'))
  @Query(() => Viewer, { nullable: true, description: 'Who asks. Costs no call to Cloudflare.' })
  viewer(@Ctx() ctx: RequestContext): Viewer {
    return this.viewers.get(ctx);
  }

  @Extensions(dependsOn('caller'))
  @ResolveField(() => [String], {
    description:
      'The actions that the caller may take in a zone, such as `hostname.update`: the operations, `audit.read` and `audit.search`. Empty where Cloudflare decides what a credential may do.',
  })
  actions(
    @Ctx() ctx: RequestContext,
    @Args('zoneId', { type: () => ID, description: 'The zone.' }) zoneId: string,
  ): string[] {
    const problem = identifierProblem('zone_id', zoneId);
    if (problem) throw malformedIdentifier(problem);
    return this.viewers.actionsIn(ctx, zoneId);
  }
}
