import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { malformedInputs } from '../../api/graphql/errors/identifier-input.js';
import { afterChange, resultOf, unreadable } from '../../api/graphql/results/results.js';
import { userErrorsOf } from '../../api/graphql/errors/user-error.js';
import { zoneSettingsSchema } from './zone-settings.schema.js';
import { ZoneSettingsService } from './zone-settings.service.js';
import { UpdateZoneSettingsInput, UpdateZoneSettingsPayload, ZoneSettings } from './zone-settings.types.js';

@Resolver(() => ZoneSettings)
export class ZoneSettingsResolver {
  constructor(private readonly settings: ZoneSettingsService) {}

  @Extensions(carriesOut('settings.update'))
  @Mutation(() => UpdateZoneSettingsPayload, {
    description: 'Switches zone-level authenticated origin pulls on or off.',
  })
  async updateZoneSettings(
    @Ctx() ctx: RequestContext,
    @Args('input', { description: 'What is to change.' }) { zoneId, enabled }: UpdateZoneSettingsInput,
  ): Promise<UpdateZoneSettingsPayload> {
    const malformed = malformedInputs([['zone_id', zoneId, ['zoneId']]]);
    if (malformed.length > 0) return { settings: null, userErrors: malformed };
    const answer = await this.settings.update(ctx, zoneId, { enabled });
    const userErrors = userErrorsOf(ctx, answer, {});
    if (userErrors.length > 0) return { settings: null, userErrors };
    const settings = afterChange(ctx, answer, () => {
      const read = resultOf(answer, zoneSettingsSchema);
      if (read.enabled === null) throw unreadable(answer, 'settings that do not say whether it is on');
      return read;
    });
    return { settings, userErrors };
  }
}
