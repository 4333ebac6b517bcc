import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ZoneId } from '../../api/rest/identifiers.decorator.js';
import { basePath, CloudflareRoute, described } from '../../api/rest/openapi.js';
import { globalLevelExample, globalLevelSchema, updateGlobalLevelSchema } from './global-level.schema.js';
import { GlobalLevelService } from './global-level.service.js';

@ApiTags('Global level')
@Controller(basePath)
export class GlobalLevelController {
  constructor(private readonly globalLevel: GlobalLevelService) {}

  @CloudflareRoute('global_level.get', {
    summary: 'Get whether a zone shows the certificate that all customers share',
    result: globalLevelSchema,
    example: globalLevelExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string) {
    return this.globalLevel.get(ctx, zoneId);
  }

  @CloudflareRoute('global_level.update', {
    summary: 'Set whether a zone shows the certificate that all customers share',
    result: globalLevelSchema,
    example: globalLevelExample,
  })
  update(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @Body(described(updateGlobalLevelSchema)) body: unknown,
  ) {
    return this.globalLevel.update(ctx, zoneId, body);
  }
}
