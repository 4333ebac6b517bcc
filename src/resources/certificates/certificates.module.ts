import { type FactoryProvider, Inject, Module } from '@nestjs/common';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { ReadPipeline } from '../../gateway/pipeline/read.pipeline.js';
import { WritePipeline } from '../../gateway/pipeline/write.pipeline.js';
import { type CertificateKind, CertificatesService } from './certificates.service.js';

/** Injects the `CertificatesService` of one kind: the kind is its token. */
export const InjectCertificates = (kind: CertificateKind) => Inject(kind);

const serviceOf = (kind: CertificateKind): FactoryProvider<CertificatesService> => ({
  provide: kind,
  inject: [ReadPipeline, WritePipeline],
  useFactory: (reads: ReadPipeline, writes: WritePipeline) => new CertificatesService(kind, reads, writes),
});

const services = [serviceOf('zone_certificate'), serviceOf('hostname_certificate')];

@Module({ imports: [PipelineModule], providers: services, exports: services })
export class CertificatesModule {}
