import { Body, Controller, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { associationSchema } from '../associations/association.schema.js';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { BodyLimit } from '../../api/http/body-limit.js';
import { HostnameParam, ZoneId } from '../../api/rest/identifiers.decorator.js';
import { basePath, CloudflareRoute, described } from '../../api/rest/openapi.js';
import {
  associationExample,
  hostnameExample,
  hostnameResultSchema,
  listHostnamesSchema,
  updateHostnamesSchema,
} from './hostnames.schema.js';
import { HostnamesService } from './hostnames.service.js';

@ApiTags('Hostnames')
@Controller(basePath)
export class HostnamesController {
  constructor(private readonly hostnames: HostnamesService) {}

  @CloudflareRoute('hostname.list', {
    summary: 'List the associations of a zone',
    result: associationSchema.array(),
    example: [associationExample],
  })
  list(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @Query(described(listHostnamesSchema)) query: Record<string, unknown>,
  ) {
    return this.hostnames.list(ctx, zoneId, query);
  }

  @CloudflareRoute('hostname.get', {
    summary: 'Get a hostname with its certificate',
    result: hostnameResultSchema,
    example: hostnameExample,
  })
  get(@Ctx() ctx: RequestContext, @ZoneId() zoneId: string, @HostnameParam() hostname: string) {
    return this.hostnames.get(ctx, zoneId, hostname);
  }

  // 100 associations with the longest hostnames are about 35 KiB.
  @BodyLimit(128 * 1024)
  @CloudflareRoute('hostname.update', {
    summary: 'Associate, enable, disable or void hostnames',
    result: hostnameResultSchema.array(),
    example: [{ ...hostnameExample, status: 'pending_deployment' }],
  })
  update(
    @Ctx() ctx: RequestContext,
    @ZoneId() zoneId: string,
    @Body(described(updateHostnamesSchema)) body: unknown,
  ) {
    return this.hostnames.update(ctx, zoneId, body);
  }
}
