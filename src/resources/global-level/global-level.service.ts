import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { callOf } from '../../domain/cloudflare/operations.js';

/** The global level of a zone. Every method resolves to Cloudflare's answer, refusals included. */
@Injectable()
export class GlobalLevelService {
  constructor(
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  get(ctx: RequestContext, zoneId: string): Promise<Answer> {
    return this.reads.run(ctx, callOf('global_level.get', { zone_id: zoneId }));
  }

  update(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    return this.writes.run(ctx, callOf('global_level.update', { zone_id: zoneId }, { body }));
  }
}
