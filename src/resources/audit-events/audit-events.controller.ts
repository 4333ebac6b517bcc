import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Ctx } from '../../api/context/ctx.decorator.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { AddRouteConfig } from '../../api/rest/route-config.js';
import { described, DescribeRoute } from '../../api/rest/openapi.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { pageEndOf } from './audit-cursor.js';
import { auditEventExample, auditEventSchema, searchAuditEventsSchema } from './audit-events.schema.js';
import { AuditEventsService } from './audit-events.service.js';
import { checked, malformed } from './checked.js';

@ApiTags('Audit')
@Controller('/audit/events')
export class AuditEventsController {
  constructor(private readonly events: AuditEventsService) {}

  @Get()
  @Header('cache-control', 'no-store')
  @AddRouteConfig({ rule: 'audit.read' })
  @DescribeRoute({
    operationId: 'audit_events_list',
    summary: 'Search the audit log, newest events first: of a zone, or for auditors of all',
    answered: 'A page of events; `result_info.cursor` is null on the last.',
    failed: 'Failed, and may be asked again.',
    result: auditEventSchema.array(),
    example: [auditEventExample],
  })
  async list(
    @Ctx() ctx: RequestContext,
    @Query(described(searchAuditEventsSchema)) query: unknown,
  ): Promise<Answer> {
    const { zone: zoneId = null, limit: first, cursor, ...filter } = checked(searchAuditEventsSchema, query);
    const after = cursor === undefined ? null : pageEndOf(cursor);
    if (after === null && cursor !== undefined) {
      throw malformed('cursor must be one that a page here has ended with.');
    }
    const page = await this.events.list(ctx, { zoneId, filter, first, after });
    if (page instanceof Answer) return page;
    const { edges, hasMore } = page;
    const envelope = {
      success: true,
      errors: [],
      messages: [],
      result: edges.map(({ node }) => node),
      result_info: { count: edges.length, cursor: (hasMore && edges.at(-1)?.cursor) || null },
    };
    return new Answer(200, Buffer.from(JSON.stringify(envelope)), {}, envelope);
  }
}
