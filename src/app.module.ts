import { type DynamicModule, Module } from '@nestjs/common';
import { AuditEventsModule } from './audit-events/audit-events.module.js';
import { ConfigModule } from './config/config.module.js';
import { type Settings } from './config/settings.js';
import { GraphQLFaceModule } from './graphql/graphql.module.js';
import { HostnameCertificatesModule } from './hostname-certificates/hostname-certificates.module.js';
import { HostnamesModule } from './hostnames/hostnames.module.js';
import { HttpModule } from './http/http.module.js';
import { type PlaygroundOptions } from './http/playground.js';
import { type Logger } from './logging/logger.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { ZoneSettingsModule } from './zone-settings/zone-settings.module.js';
import { ZoneCertificatesModule } from './zone-certificates/zone-certificates.module.js';
import { ZonesModule } from './zones/zones.module.js';

@Module({})
export class AppModule {
  static forRoot(settings: Settings, log: Logger, playground: PlaygroundOptions = {}): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings, log),
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
