import { Module } from '@nestjs/common';
import { AssociationsModule } from '../associations/associations.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { HostnameCertificatesController } from './hostname-certificates.controller.js';
import { HostnameCertificatesResolver } from './hostname-certificates.resolver.js';

@Module({
  imports: [AssociationsModule, CertificatesModule],
  controllers: [HostnameCertificatesController],
  providers: [HostnameCertificatesResolver],
})
export class HostnameCertificatesModule {}
