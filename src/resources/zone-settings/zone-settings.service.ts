import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { callOf } from '../../domain/cloudflare/operations.js';

/** The settings of a zone. Every method resolves to Cloudflare's answer, refusals included. */
@Injectable()
export class ZoneSettingsService {
  constructor(
    private readonly reads: ReadPipeline,
    private readonly writes: WritePipeline,
  ) {}

  get(ctx: RequestContext, zoneId: string): Promise<Answer> {
    return this.reads.run(ctx, callOf('settings.get', { zone_id: zoneId }));
  }

  update(ctx: RequestContext, zoneId: string, body: unknown): Promise<Answer> {
    return this.writes.run(ctx, callOf('settings.update', { zone_id: zoneId }, { body }));
  }
}
