import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { UpstreamModule } from '../upstream/upstream.module.js';
import { InFlight } from './in-flight.js';
import { ReadPipeline } from './read.pipeline.js';
import { WritePipeline } from './write.pipeline.js';

/** The only way to Cloudflare: what stands behind it is not exported. */
@Module({
  imports: [AccessModule, UpstreamModule],
  providers: [InFlight, ReadPipeline, WritePipeline],
  exports: [InFlight, ReadPipeline, WritePipeline],
})
export class PipelineModule {}
