import { Module } from '@nestjs/common';
import { AssociationsModule } from '../associations/associations.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { AssociationChanges } from './association-changes.js';
import { HostnamesController } from './hostnames.controller.js';
import { HostnamesResolver } from './hostnames.resolver.js';
import { HostnamesService } from './hostnames.service.js';

@Module({
  imports: [AssociationsModule, CertificatesModule, PipelineModule],
  controllers: [HostnamesController],
  providers: [AssociationChanges, HostnamesService, HostnamesResolver],
  exports: [HostnamesService],
})
export class HostnamesModule {}
