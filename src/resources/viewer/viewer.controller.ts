import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { DescribeRoute } from '../../api/rest/openapi.js';
import { AddRouteConfig } from '../../api/rest/route-config.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { viewerExample, viewerSchema } from './viewer.schema.js';
import { ViewerService } from './viewer.service.js';

@ApiTags('Caller')
@Controller('/v1/me')
export class ViewerController {
  constructor(private readonly viewers: ViewerService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @AddRouteConfig({ rule: 'any caller' })
  @DescribeRoute({
    operationId: 'viewer_get',
    summary: 'Get who one is, and what one may do',
    answered: 'The caller.',
    failed: 'Failed, and may be asked again.',
    result: viewerSchema,
    example: viewerExample,
  })
  get(@Ctx() ctx: RequestContext): Answer {
    const envelope = { success: true, errors: [], messages: [], result: this.viewers.get(ctx) };
    return new Answer(200, Buffer.from(JSON.stringify(envelope)), {}, envelope);
  }
}
