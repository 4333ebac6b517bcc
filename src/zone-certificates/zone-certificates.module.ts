import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ZoneCertificatesController } from './zone-certificates.controller.js';
import { ZoneCertificatesService } from './zone-certificates.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [ZoneCertificatesController],
  providers: [ZoneCertificatesService],
  exports: [ZoneCertificatesService],
})
export class ZoneCertificatesModule {}
