import { Module } from '@nestjs/common';
import { AssociationsModule } from '../associations/associations.module.js';
import { AuditEventsModule } from '../audit-events/audit-events.module.js';
import { CertificatesModule } from '../certificates/certificates.module.js';
import { GlobalLevelModule } from '../global-level/global-level.module.js';
import { HostnamesModule } from '../hostnames/hostnames.module.js';
import { ZoneSettingsModule } from '../zone-settings/zone-settings.module.js';
import {
  CertificateHostnamesEdge,
  CertificateInUseEdge,
  HostnameCertificateEdge,
  ZoneCertificateUseEdge,
} from './edges.resolver.js';
import { HostnamesInUse } from './hostnames-in-use.js';
import { NodesResolver } from './nodes.resolver.js';
import { ZonesResolver } from './zones.resolver.js';

/** Composes the resource groups into a zone. */
@Module({
  imports: [
    AssociationsModule,
    AuditEventsModule,
    CertificatesModule,
    GlobalLevelModule,
    HostnamesModule,
    ZoneSettingsModule,
  ],
  providers: [
    ZonesResolver,
    NodesResolver,
    HostnamesInUse,
    HostnameCertificateEdge,
    CertificateHostnamesEdge,
    ZoneCertificateUseEdge,
    CertificateInUseEdge,
  ],
})
export class ZonesModule {}
