import { Module } from '@nestjs/common';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { HostnameCertificates, ZoneCertificates } from './certificates.service.js';

const services = [ZoneCertificates, HostnameCertificates];

@Module({ imports: [PipelineModule], providers: services, exports: services })
export class CertificatesModule {}
