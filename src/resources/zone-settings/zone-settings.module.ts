import { Module } from '@nestjs/common';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { ZoneSettingsController } from './zone-settings.controller.js';
import { ZoneSettingsResolver } from './zone-settings.resolver.js';
import { ZoneSettingsService } from './zone-settings.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [ZoneSettingsController],
  providers: [ZoneSettingsService, ZoneSettingsResolver],
  exports: [ZoneSettingsService],
})
export class ZoneSettingsModule {}
