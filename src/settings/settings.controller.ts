import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../context/ctx.decorator.js';
import { type RequestContext } from '../context/request-context.js';
import { ZoneId } from '../rest/identifiers.decorator.js';
import { Describe, described, zoneRoute } from '../rest/openapi.js';
import { settingsExample, settingsSchema, updateSettingsSchema } from './settings.schema.js';
import { SettingsService } from './settings.service.js';

@ApiTags('Settings')
@Controller(`${zoneRoute}/settings`)
export class SettingsController {
  constructor(private readonly settings: SettingsService) {}

  @Get()
  @Describe('settings.get', {
    summary: 'Get whether a zone shows its certificates',
    result: settingsSchema,
    example: settingsExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.settings.get(ctx, zoneId);
  }

  @Put()
  @Describe('settings.update', {
    summary: 'Set whether a zone shows its certificates',
    result: settingsSchema,
    example: settingsExample,
  })
  update(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @Body(described(updateSettingsSchema)) body: unknown,
  ) {
    return this.settings.update(ctx, zoneId, body);
  }
}
