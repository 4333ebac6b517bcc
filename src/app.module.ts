import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLFaceModule } from './api/graphql/graphql.module.js';
import { HttpModule } from './api/http/http.module.js';
import { type PlaygroundOptions } from './api/http/pages/playground.js';
import { PipelineModule } from './gateway/pipeline/pipeline.module.js';
import { type Settings } from './platform/config/settings.js';
import { PlatformModule } from './platform/platform.module.js';
import { type Logger } from './platform/telemetry/logger.js';
import { AuditEventsModule } from './resources/audit-events/audit-events.module.js';
import { GlobalLevelModule } from './resources/global-level/global-level.module.js';
import { HostnameCertificatesModule } from './resources/hostname-certificates/hostname-certificates.module.js';
import { HostnamesModule } from './resources/hostnames/hostnames.module.js';
import { ViewerModule } from './resources/viewer/viewer.module.js';
import { ZoneCertificatesModule } from './resources/zone-certificates/zone-certificates.module.js';
import { ZoneSettingsModule } from './resources/zone-settings/zone-settings.module.js';
import { ZonesModule } from './resources/zones/zones.module.js';

@Module({})
export class AppModule {
  static forRoot(settings: Settings, log: Logger, playground: PlaygroundOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(settings, log),
        HttpModule.forRoot(playground),
        PipelineModule,
        ZoneCertificatesModule,
        HostnameCertificatesModule,
        HostnamesModule,
        ZoneSettingsModule,
        GlobalLevelModule,
        AuditEventsModule,
        ZonesModule,
        ViewerModule,
        GraphQLFaceModule,
      ],
    };
  }
}
