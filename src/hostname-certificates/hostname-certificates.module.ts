import { Module } from '@nestjs/common';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { HostnameCertificatesController } from './hostname-certificates.controller.js';
import { HostnameCertificatesService } from './hostname-certificates.service.js';

@Module({
  imports: [PipelineModule],
  controllers: [HostnameCertificatesController],
  providers: [HostnameCertificatesService],
  exports: [HostnameCertificatesService],
})
export class HostnameCertificatesModule {}
