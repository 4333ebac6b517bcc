import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { malformedInputs } from '../../api/graphql/errors/identifier-input.js';
import { afterChange } from '../../api/graphql/results/results.js';
import { userErrorsOf } from '../../api/graphql/errors/user-error.js';
import { GlobalLevelService } from './global-level.service.js';
import { GlobalLevel, UpdateGlobalLevelInput, UpdateGlobalLevelPayload } from './global-level.types.js';

@Resolver(() => GlobalLevel)
export class GlobalLevelResolver {
  constructor(private readonly globalLevel: GlobalLevelService) {}

  @Extensions(carriesOut('global_level.update'))
  @Mutation(() => UpdateGlobalLevelPayload, {
    description:
      "Switches the global level of authenticated origin pulls on or off: Cloudflare's own certificate, which all customers share.",
  })
  async updateGlobalLevel(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What is to change.' }) { zoneId, enabled }: UpdateGlobalLevelInput,
  ): Promise<UpdateGlobalLevelPayload> {
    const malformed = malformedInputs([['zone_id', zoneId, ['zoneId']]]);
    if (malformed.length > 0) return { globalLevel: null, userErrors: malformed };
    const answer = await this.globalLevel.update(ctx, zoneId, { value: enabled ? 'on' : 'off' });
    const userErrors = userErrorsOf(ctx, answer, {});
    if (userErrors.length > 0) return { globalLevel: null, userErrors };
    return { globalLevel: afterChange(ctx, answer, () => GlobalLevel.from(answer)), userErrors };
  }
}
