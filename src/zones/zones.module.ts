import { Module } from '@nestjs/common';
import { AuditEventsModule } from '../audit-events/audit-events.module.js';
import { AssociationsModule } from '../associations/associations.module.js';
import { HostnameCertificatesModule } from '../hostname-certificates/hostname-certificates.module.js';
import { HostnamesModule } from '../hostnames/hostnames.module.js';
import { SettingsModule } from '../zone-settings/zone-settings.module.js';
import { ZoneCertificatesModule } from '../zone-certificates/zone-certificates.module.js';
import { CertificateHostnamesEdge, HostnameCertificateEdge } from './edges.resolver.js';
import { ZonesResolver } from './zones.resolver.js';

/** Composes the groups into a zone. */
@Module({
  imports: [
    AssociationsModule,
    AuditEventsModule,
    ZoneCertificatesModule,
    HostnameCertificatesModule,
    HostnamesModule,
    SettingsModule,
  ],
  providers: [ZonesResolver, HostnameCertificateEdge, CertificateHostnamesEdge],
})
export class ZonesModule {}
