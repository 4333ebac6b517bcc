import { Args, Extensions, Mutation, Resolver } from '@nestjs/graphql';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { carriesOut } from '../../api/graphql/schema/carries-out.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { zoneIdErrors } from '../../api/graphql/errors/identifier-input.js';
import { refusalErrors } from '../../api/graphql/errors/refusal-errors.js';
import { type UserError } from '../../api/graphql/errors/user-error.js';
import { afterChange, resultOf, unreadable } from '../../api/graphql/results/results.js';
import { payloadOf } from '../zone/payload.js';
import { settingsIn } from './settings-in.js';
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
    const refused = (userErrors: UserError[]) => ({ ...payloadOf(ctx, zoneId, userErrors), settings: null });
    const mistakes = zoneIdErrors(zoneId);
    if (mistakes.length > 0) return refused(mistakes);
    const answer = await this.settings.update(ctx, zoneId, { enabled });
    const errors = refusalErrors(ctx, answer, {});
    if (errors.length > 0) return refused(errors);
    const settings = afterChange(ctx, answer, () => {
      const { enabled: told } = resultOf(answer, zoneSettingsSchema);
      // The default is no answer to a change.
      if (told === null) throw unreadable(answer, 'settings that do not say whether it is on');
      return settingsIn(answer, zoneId);
    });
    return { ...payloadOf(ctx, zoneId, []), settings };
  }
}
