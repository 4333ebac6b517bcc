import { Module } from '@nestjs/common';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { GlobalLevelController } from './global-level.controller.js';
import { GlobalLevelResolver } from './global-level.resolver.js';
import { GlobalLevelService } from './global-level.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [GlobalLevelController],
  providers: [GlobalLevelService, GlobalLevelResolver],
  exports: [GlobalLevelService],
})
export class GlobalLevelModule {}
