import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { SettingsController } from './zone-settings.controller.js';
import { SettingsResolver } from './zone-settings.resolver.js';
import { SettingsService } from './zone-settings.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [SettingsController],
  providers: [SettingsService, SettingsResolver],
  exports: [SettingsService],
})
export class SettingsModule {}
