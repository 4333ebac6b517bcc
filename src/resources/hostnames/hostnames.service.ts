import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { callOf } from '../../domain/cloudflare/operations.js';

/** The associations of hostnames with certificates. Every method resolves to Cloudflare's answer, refusals included. */
@Injectable()
export class HostnamesService {
  constructor(
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  /** @param query `page`, `per_page` and `status`, passed on unchanged */
  list(ctx: RequestContext, zoneId: string, query: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.reads.run(ctx, callOf('hostname.list', { zone_id: zoneId }, { query }));
  }

  get(ctx: RequestContext, zoneId: string, hostname: string): Promise<Answer> {
    return this.reads.run(ctx, callOf('hostname.get', { zone_id: zoneId, hostname }));
  }

  /** Associates, enables, disables and voids. All changes are one call, and the answer is an array. */
  update(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    return this.writes.run(ctx, callOf('hostname.update', { zone_id: zoneId }, { body }));
  }
}
