import { Module } from '@nestjs/common';
import { AccessModule } from '../../gateway/access/access.module.js';
import { AuditModule } from '../../gateway/audit/audit.module.js';
import { PipelineModule } from '../../gateway/pipeline/pipeline.module.js';
import { AuditEventConnections } from './audit-event-connections.js';
import { AuditEventsController } from './audit-events.controller.js';
import { AuditEventsResolver } from './audit-events.resolver.js';
import { AuditEventsService } from './audit-events.service.js';

@Module({
  imports: [AccessModule, AuditModule, PipelineModule],
  controllers: [AuditEventsController],
  providers: [AuditEventsService, AuditEventConnections, AuditEventsResolver],
  exports: [AuditEventConnections],
})
export class AuditEventsModule {}
