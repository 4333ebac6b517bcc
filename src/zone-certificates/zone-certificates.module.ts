import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { ZoneCertificatesController } from './zone-certificates.controller.js';
import { ZoneCertificatesResolver } from './zone-certificates.resolver.js';
import { ZoneCertificatesService } from './zone-certificates.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [ZoneCertificatesController],
  providers: [ZoneCertificatesService, ZoneCertificatesResolver],
  exports: [ZoneCertificatesService],
})
export class ZoneCertificatesModule {}
