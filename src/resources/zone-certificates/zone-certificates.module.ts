import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ZoneCertificatesController } from './zone-certificates.controller.js';
import { ZoneCertificatesResolver } from './zone-certificates.resolver.js';

@Module({
  imports: [CertificatesModule],
  controllers: [ZoneCertificatesController],
  providers: [ZoneCertificatesResolver],
})
export class ZoneCertificatesModule {}
