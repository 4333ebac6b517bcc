import { type DynamicModule, Module } from '@nestjs/common';
import { AuditEventsModule } from './resources/audit-events/audit-events.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import { type Settings } from './platform/config/settings.js';
import { GraphQLFaceModule } from './api/graphql/graphql.module.js';
import { HostnameCertificatesModule } from './resources/hostname-certificates/hostname-certificates.module.js';
import { HostnamesModule } from './resources/hostnames/hostnames.module.js';
import { HttpModule } from './api/http/http.module.js';
import { type PlaygroundOptions } from './api/http/pages/playground.js';
import { KeysModule } from './platform/keys/keys.module.js';
import { type Logger } from './platform/telemetry/logger.js';
import { LoggingModule } from './platform/telemetry/logging.module.js';
import { MetricsModule } from './platform/telemetry/metrics.module.js';
import { PipelineModule } from './gateway/pipeline/pipeline.module.js';
import { ZoneSettingsModule } from './resources/zone-settings/zone-settings.module.js';
import { ZoneCertificatesModule } from './resources/zone-certificates/zone-certificates.module.js';
import { ZonesModule } from './resources/zones/zones.module.js';

@Module({})
export class AppModule {
  static forRoot(settings: Settings, log: Logger, playground: PlaygroundOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings),
        KeysModule.forRoot(settings, log),
        LoggingModule.forRoot(log),
        MetricsModule,
        HttpModule.forRoot(playground),
        PipelineModule,
        ZoneCertificatesModule,
        HostnameCertificatesModule,
        HostnamesModule,
        ZoneSettingsModule,
        AuditEventsModule,
        ZonesModule,
        GraphQLFaceModule,
      ],
    };
  }
}
