import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ZoneId } from '../../api/rest/identifiers.decorator.js';
import { basePath, CloudflareRoute, described } from '../../api/rest/openapi.js';
import { zoneSettingsExample, zoneSettingsSchema, updateZoneSettingsSchema } from './zone-settings.schema.js';
import { ZoneSettingsService } from './zone-settings.service.js';

@ApiTags('Settings')
@Controller(basePath)
export class ZoneSettingsController {
  constructor(private readonly settings: ZoneSettingsService) {}

  @CloudflareRoute('settings.get', {
    summary: 'Get whether a zone shows its certificates',
    result: zoneSettingsSchema,
    example: zoneSettingsExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.settings.get(ctx, zoneId);
  }

  @CloudflareRoute('settings.update', {
    summary: 'Set whether a zone shows its certificates',
    result: zoneSettingsSchema,
    example: zoneSettingsExample,
  })
  update(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @Body(described(updateZoneSettingsSchema)) body: unknown,
  ) {
    return this.settings.update(ctx, zoneId, body);
  }
}
