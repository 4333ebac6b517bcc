import { Module } from '@nestjs/common';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { ZoneCertificatesController } from './zone-certificates.controller.js';
import { ZoneCertificatesResolver } from './zone-certificates.resolver.js';

/** The service is `CertificatesService`, shared with the hostname certificates. */
@Module({
  imports: [CertificatesModule],
  controllers: [ZoneCertificatesController],
  providers: [ZoneCertificatesResolver],
})
export class ZoneCertificatesModule {}
