import { Module } from '@nestjs/common';
import { AssociationsModule } from '../associations/associations.module.js';
import { PipelineModule } from '../pipeline/pipeline.module.js';
import { HostnameCertificatesController } from './hostname-certificates.controller.js';
import { HostnameCertificatesResolver } from './hostname-certificates.resolver.js';
import { HostnameCertificatesService } from './hostname-certificates.service.js';

@Module({
  imports: [AssociationsModule, PipelineModule],
  controllers: [HostnameCertificatesController],
  providers: [HostnameCertificatesService, HostnameCertificatesResolver],
  exports: [HostnameCertificatesService],
})
export class HostnameCertificatesModule {}
