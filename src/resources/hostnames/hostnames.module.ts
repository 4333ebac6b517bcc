import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { HostnamesController } from './hostnames.controller.js';
import { HostnamesResolver } from './hostnames.resolver.js';
import { HostnamesService } from './hostnames.service.js';

@Module({
  imports: [CertificatesModule, PipelineModule],
  controllers: [HostnamesController],
  providers: [HostnamesService, HostnamesResolver],
  exports: [HostnamesService],
})
export class HostnamesModule {}
