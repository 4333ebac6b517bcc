import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { zoneIdErrors } from '../../api/graphql/errors/identifier-input.js';
import { refusalErrors } from '../../api/graphql/errors/refusal-errors.js';
import { type UserError } from '../../api/graphql/errors/user-error.js';
import { afterChange } from '../../api/graphql/results/results.js';
import { payloadOf } from '../zone/payload.js';
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
    const refused = (userErrors: UserError[]) => ({
      ...payloadOf(ctx, zoneId, userErrors),
      globalLevel: null,
    });
    const mistakes = zoneIdErrors(zoneId);
    if (mistakes.length > 0) return refused(mistakes);
    const answer = await this.globalLevel.update(ctx, zoneId, { value: enabled ? 'on' : 'off' });
    const errors = refusalErrors(ctx, answer, {});
    if (errors.length > 0) return refused(errors);
    const globalLevel = afterChange(ctx, answer, () => GlobalLevel.from(zoneId, answer));
    return { ...payloadOf(ctx, zoneId, []), globalLevel };
  }
}
